"""Operators: each overload of PostgreSQL's catalog over the suite's types, and pairs that have none."""

import json

from case import Stratum, literal

from .pools import INTERNAL, VALUES

# Polymorphic operands, as one of the types that they stand for.
STANDINS = {"anyarray": "integer[]", "anyelement": "integer", "anyrange": "int4range", "anycompatible": "text", "anycompatiblearray": "text[]", "anyenum": None, "anynonarray": "integer"}  # fmt: skip
# Not in scope: geometry, full text with its own suite, money, multiranges, row and transaction ids.
SKIPPED = {"point", "money", "tsvector", "tsquery", "macaddr", '"char"', "oid"}
SYMBOLS = ["=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "&&", "@>", "->", "->>", "~", "~~", "^", "?", "&"]
MIXED = ["boolean", "integer", "numeric", "text", "uuid", "date", "timestamptz", "interval", "json", "jsonb", "integer[]", "text[]", "int4range", "bytea", "inet", "time"]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    overloads = _overloads(ask)
    for name, left, right in overloads:
        pairs = [(a, b) for a in (VALUES[left] if left else [None]) for b in VALUES[right]]
        for a, b in stratum.sample(pairs, 2 if left else 3):
            stratum.expression(_apply(name, literal(a, left) if left else "", literal(b, right)))
    # An untyped constant takes the other side's type, or fails to.
    for name, left, right in stratum.sample(overloads, 160):
        if left:
            stratum.expression(
                _apply(name, literal(stratum.pick(VALUES[left]), left), literal(stratum.pick(VALUES[right])))
            )
    for name, left, right in stratum.sample(overloads, 40):
        stratum.expression(
            _apply(name, literal(None, left) if left else "", literal(stratum.pick(VALUES[right]), right))
        )
    # Most of these have no overload.
    for left in MIXED:
        for right in MIXED:
            for name in stratum.sample(SYMBOLS, 2):
                a, b = literal(stratum.pick(VALUES[left]), left), literal(stratum.pick(VALUES[right]), right)
                stratum.expression(_apply(name, a, b))


def _apply(name: str, left: str, right: str) -> str:
    return f"{left} {name} {right}".strip()


def _overloads(ask) -> list[tuple[str, str | None, str]]:
    rows = ask("""select json_build_array(oprname, l.typname, r.typname)::text from pg_operator
        left join pg_type l on l.oid = oprleft join pg_type r on r.oid = oprright
        where oprnamespace = 'pg_catalog'::regnamespace order by oprname, l.typname, r.typname""").rows
    found = []
    for name, left, right in map(json.loads, rows):
        left, right = (STANDINS.get(side, INTERNAL.get(side, side)) for side in (left, right))
        if right in VALUES and (left is None or left in VALUES) and not {left, right} & SKIPPED:
            # Selectivity and pattern operator classes are not for people.
            if not name.startswith(("~<", "~>", "*")) or name == "*":
                found.append((name, left, right))
    return sorted(set(found), key=str)
