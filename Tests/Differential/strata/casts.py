"""Casts: texts to every type, good ones and bad ones, and values of each type to each other type."""

from case import Stratum, literal

from .pools import INVALID, VALUES

MODIFIED = ["numeric(5,2)", "numeric(3,-1)", "varchar(2)", "character(2)", "time(0)", "timestamp(3)", "timestamptz(0)", "interval day", "interval(1)", "bit(2)", "varchar(2)[]", "numeric(4,1)[]"]  # fmt: skip
# What a modified type is made from.
BASES = {"numeric": "numeric", "varchar": "text", "character": "text", "time": "time", "timestamp": "timestamp", "timestamptz": "timestamptz", "interval": "interval", "bit": "bit varying"}  # fmt: skip
TARGETS = [
    "boolean", "smallint", "integer", "bigint", "numeric", "real", "double precision", "text", "character varying", "name", "bytea",
    "uuid", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "json", "jsonb", "integer[]", "text[]", "inet",
    "oid", "int4range", "bit(3)",
]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    for type_name, values in VALUES.items():
        for value in values:
            stratum.expression(literal(value, type_name))
        stratum.expression(literal(None, type_name))
    for type_name, values in INVALID.items():
        for value in values:
            stratum.expression(literal(value, type_name))
    for target in MODIFIED:
        base = BASES[target.split("(")[0].split()[0].removesuffix("[]")]
        source = base + "[]" if target.endswith("[]") else base
        for value in VALUES.get(source, VALUES["text[]"])[:5]:
            stratum.expression(f"{literal(value, source)}::{target}")
    for source in TARGETS:
        for target in TARGETS:
            for value in stratum.sample(VALUES[source], 2):
                # Without a cast at all one case is enough.
                if not stratum.expression(f"({literal(value, source)})::{target}") or _none(source, target):
                    break
    # Through text, as assignments and I/O conversions go.
    for target in TARGETS:
        for value in stratum.sample(VALUES[target] + INVALID.get(target, []), 3):
            stratum.expression(f"{literal(value, 'text')}::{target}")
            stratum.expression(f"({literal('{' + chr(34) + value.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34)) + chr(34) + '}', 'text[]')})::{target}[]" if not target.endswith("]") else literal(value, target))  # fmt: skip


def _none(source: str, target: str) -> bool:
    """Whether the two are of families that nothing joins."""
    families = {
        "number": {"smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"},
        "time": {"date", "time", "timetz", "timestamp", "timestamptz", "interval"},
        "json": {"json", "jsonb"},
    }
    text = {"text", "character varying", "name"}
    if source in text or target in text or source == target:
        return False
    ours = [family for family, members in families.items() if source in members]
    return ours != [family for family, members in families.items() if target in members]
