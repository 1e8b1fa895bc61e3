"""What is asked of both databases, and how an answer is told from another."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One request: a statement, or several that are one transaction. The rows of the last one are the answer."""

    stratum: str
    # Unique in its stratum; the list of known differences calls the case by it.
    name: str
    sql: str


@dataclass(frozen=True)
class Answer:
    """The rows of the last statement as text, or the error that ended the request."""

    rows: tuple[str, ...] = ()
    code: str | None = None
    message: str = ""
    detail: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        if self.code is None:
            return "\n".join(self.rows)
        more = [f"{label}: {text}" for label, text in (("DETAIL", self.detail), ("HINT", self.hint)) if text]
        return "\n".join([f"{self.code} {self.message}", *more])


@dataclass
class Stratum:
    """Collects the cases of one kind, in order. A name that is there already is not taken twice."""

    name: str
    random: random.Random
    cases: list[Case] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def add(self, sql: str, name: str | None = None) -> bool:
        """Adds a statement whose last result is text; false where it is there already."""
        name = " ".join((name or sql).split())
        if name in self.names:
            return False
        self.names.add(name)
        self.cases.append(Case(self.name, name, sql))
        return True

    def expression(self, expression: str) -> bool:
        """Adds `expression`: its type, its value as JSON and as text are compared."""
        return self.add(f"select json_build_array(pg_typeof(v), v, v::text)::text as j from (select {expression} as v) q", expression)  # fmt: skip

    def query(self, query: str, name: str | None = None, before: str = "") -> bool:
        """Adds a query, its rows as JSON in the order that it has. `before` runs first, in the same transaction."""
        return self.add(f"{before}select row_to_json(q)::text as j from ({query}) q", name or query)

    def sample(self, items, count: int) -> list:
        """`count` of the items, in their order."""
        items = list(items)
        kept = sorted(self.random.sample(range(len(items)), min(count, len(items))))
        return [items[index] for index in kept]

    def pick(self, items):
        return self.random.choice(items)


def literal(text: str | None, type_name: str | None = None) -> str:
    """A quoted constant, NULL for None."""
    quoted = "null" if text is None else "'" + text.replace("'", "''") + "'"
    return f"{quoted}::{type_name}" if type_name else quoted
