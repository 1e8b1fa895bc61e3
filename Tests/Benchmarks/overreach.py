"""Random PATCH and DELETE requests, each compared with PostgreSQL 15: a row that PostgreSQL's WHERE does not find must
not be touched, and one that it finds must be.

Filters come from a grammar: columns of many types, every operator and modifier, JSON paths, logic trees, values that
fit and values that do not. Most requests are rolled back and judged by the rows they return; every 20th is committed
and judged by the table. What the emulator refuses by name (501) touches nothing and is counted apart. The same --seed
sends the same requests.
"""

import argparse
import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from emulator import Emulator
from oracle import Oracle, Unavailable

SCHEMA = """
create type kind as enum ('small', 'large', 'huge');
create table grains (
    id integer primary key, word text, label varchar(12), n integer, big bigint, amount numeric(8, 2),
    ratio double precision, flag boolean, day date, moment timestamptz, code uuid, size kind, tags text[], nums integer[],
    span int4range, doc jsonb, touched integer not null default 0
);
"""

WORDS = ["ant", "Ant", "bee", "Bee hive", "cat", "catalogue", "dog", "a,b", "(x)", 'say "hi"', "back\\slash", "50%", "a_b", "éclair", "ÉCLAIR", ""]  # fmt: skip
PLAIN = ["ant", "Ant", "bee", "cat", "catalogue", "dog", "m"]
DAYS = ["2024-02-29", "2023-12-31", "1999-01-01", "2024-03-10"]
MOMENTS = ["2024-02-29 12:00:00+00", "2024-02-29T13:00:00+01:00", "1999-01-01 00:00:00Z", "2024-03-10T06:59:59.5-05"]
CODES = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-22222222222A"]
NUMBERS = ["0", "1", "-1", "2", "3", "7", "100", "2147483647"]
DOCS = ['{"a": 1}', '{"a": {"b": "x"}}', "{}", "[1, 2]", '"s"', "null", '{"a": [1, {"b": null}]}', '{"t": true}']
# What a value of each kind may be; the last ones fit no value of it.
VALUES = {
    "word": WORDS, "label": WORDS, "n": [*NUMBERS, "x", "1.5", "99999999999", ""], "big": [*NUMBERS, "9007199254740993", "1e3", ""],
    "amount": [*NUMBERS, "1.50", "1.5", "-0.01", "NaN", "x"], "ratio": ["0.1", "0.30000000000000004", "1e-3", "Infinity", "NaN", "-0", "x"],
    "flag": ["true", "false", "t", "F", "yes", "off", "1", "maybe", ""], "day": [*DAYS, "2024-02-30", "infinity", "20240229", "x"],
    "moment": [*MOMENTS, "infinity", "2024-13-01", "x"], "code": [*CODES, "no-uuid"], "size": ["small", "large", "huge", "tiny"],
    "tags": ["{}", "{sea}", "{sea,sand}", '{"a,b",NULL}', "{", "sea"], "nums": ["{}", "{1}", "{1,2}", "{1,NULL}", "{x}"],
    "span": ["[1,5)", "(0,3]", "empty", "[7,)", "(,2)", "[5,1)", "x"], "doc": DOCS, "touched": NUMBERS,
}  # fmt: skip
COMPARISONS = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
PATTERNS = {"like": "~~", "ilike": "~~*", "match": "~", "imatch": "~*"}
CONTAINERS = {"cs": "@>", "cd": "<@", "ov": "&&"}
RANGES = {"sl": "<<", "sr": ">>", "nxr": "&<", "nxl": "&>", "adj": "-|-"}
PATTERN_VALUES = ["a%", "*a*", "%", "b_e", "B*", "50\\%", "a\\_b", "^a", "t$", "[a-c]", "(", "a|b", "\\", ""]
SEARCHES = {"fts": "to_tsquery", "plfts": "plainto_tsquery", "phfts": "phraseto_tsquery", "wfts": "websearch_to_tsquery"}  # fmt: skip
PATHS = [("->a", "->'a'"), ("->>a", "->>'a'"), ("->a->>b", "->'a'->>'b'"), ("->0", "->0"), ("->>-1", "->>-1"), ("->a->0", "->'a'->0")]  # fmt: skip
TEXTS = ("word", "label")
# A LIKE pattern that is none.
PATTERN_ERROR = "22025"


@dataclass
class Condition:
    """A condition as the URL says it and as SQL does."""

    name: str
    value: str
    sql: str
    # Inside a logic tree; None: it can't stand there.
    inner: str | None = None


@dataclass
class Request:
    method: str
    query: str
    where: str
    commits: bool
    # The keys that PostgreSQL's WHERE finds, or its error.
    found: set[int] = field(default_factory=set)
    error: str | None = None


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def array(items: list[str]) -> str:
    return "{" + ",".join(quoted(item) for item in items) + "}"


class Grammar:
    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def row(self, key: int) -> str:
        def maybe(values: list[str], cast: str = "") -> str:
            return "null" if self.random.random() < 0.2 else literal(self.random.choice(values)) + cast

        columns = [maybe(WORDS), maybe([word[:12] for word in WORDS]), maybe(NUMBERS), maybe(NUMBERS + ["9007199254740993"])]  # fmt: skip
        columns += [maybe(NUMBERS[:6] + ["1.50", "-0.01"]), maybe(["0.1", "1e-3", "Infinity", "NaN"]), maybe(["t", "f"])]  # fmt: skip
        columns += [maybe(DAYS), maybe(MOMENTS), maybe(CODES), maybe(["small", "large", "huge"]), maybe(["{}", "{sea}", "{sea,sand}", '{"a,b",NULL}'])]  # fmt: skip
        columns += [maybe(["{}", "{1}", "{1,2}", "{1,NULL}"]), maybe(["[1,5)", "(0,3]", "empty", "[7,)", "(,2)"]), maybe(DOCS)]  # fmt: skip
        return f"({key}, {', '.join(columns)}, 0)"

    def rows(self, count: int) -> dict[int, str]:
        """The rows by key, as VALUES has them."""
        return {key: self.row(key) for key in range(1, count + 1)}

    def value(self, column: str) -> str:
        return self.random.choice(VALUES.get(column, NUMBERS))

    def condition(self) -> Condition:
        column = self.random.choice(["id", *VALUES])
        name, sql, kind = column, column, column
        if column == "doc" and self.random.random() < 0.6:
            path, steps = self.random.choice(PATHS)
            name, sql, kind = column + path, f"({column}{steps})", "text" if "->>" in path else "doc"
        negated = self.random.random() < 0.25
        operator, test, value = self.operation(column, kind, sql)
        text = f"{'not.' if negated else ''}{operator}.{value}"
        # A list or braces end by themselves, everything else in a tree is quoted.
        inner = (
            text if operator == "in" or operator == "is" else f"{'not.' if negated else ''}{operator}.{quoted(value)}"
        )
        return Condition(name, text, f"(not {test})" if negated else f"({test})", f"{name}.{inner}")

    def operation(self, column: str, kind: str, sql: str) -> tuple[str, str, str]:
        """Operator, SQL and the value as the URL has it."""
        roll, pick = self.random.random(), self.random.choice
        if roll < 0.35:
            operator = pick(list(COMPARISONS))
            value = self.value(column)
            if kind in TEXTS or kind == "text":
                if operator not in ("eq", "neq"):
                    value = pick(PLAIN)
                return operator, f'{sql} collate "en-x-icu" {COMPARISONS[operator]} {literal(value)}', value
            return operator, f"{sql} {COMPARISONS[operator]} {literal(value)}", value
        if roll < 0.45:
            items = [self.value(column) for _ in range(self.random.randint(0, 3))]
            # One empty text on its own is no item at all.
            items = [] if items == [""] else items
            return "in", f"{sql} = any ({literal(array(items))})", f"({','.join(map(quoted, items))})"
        if roll < 0.55:
            word = pick(["null", "NULL", "not_null", "true", "false", "unknown"])
            return "is", f"{sql} is {word.replace('_', ' ')}", word
        if roll < 0.6:
            value = self.value(column)
            return "isdistinct", f"{sql} is distinct from {literal(value)}", value
        if roll < 0.75:
            operator = pick(list(PATTERNS))
            value = pick(PATTERN_VALUES)
            star = value.replace("*", "%") if "like" in operator else value
            return operator, f"{sql} {PATTERNS[operator]} {literal(star)}", value
        if roll < 0.82:
            operator = pick(["eq", "like", "ilike", "match"])
            word, symbol = pick(["any", "all"]), (COMPARISONS | PATTERNS)[operator]
            items = array([self.value(column) if operator == "eq" else pick(["a%", "B%", "t$"]) for _ in range(2)])
            return f"{operator}({word})", f"{sql} {symbol} {word} ({literal(items)})", items
        if roll < 0.92:
            operator = pick(list(CONTAINERS))
            value = self.value(column)
            return operator, f"{sql} {CONTAINERS[operator]} {literal(value)}", value
        if roll < 0.97:
            operator = pick(list(RANGES))
            value = self.value(column)
            return operator, f"{sql} {RANGES[operator]} {literal(value)}", value
        operator = pick(list(SEARCHES))
        value = pick(["ant", "bee", "cat", "hive"])
        return operator, f"to_tsvector({sql}) @@ {SEARCHES[operator]}({literal(value)})", value

    def tree(self, depth: int = 0) -> tuple[str, str, bool]:
        """A logic tree: its items as the URL has them, its SQL, and whether it is an OR."""
        is_or, texts, tests = self.random.random() < 0.5, [], []
        for _ in range(self.random.randint(1, 3)):
            if depth < 3 and self.random.random() < 0.3:
                text, test, inner = self.tree(depth + 1)
                negated = self.random.random() < 0.3
                texts.append(f"{'not.' if negated else ''}{'or' if inner else 'and'}{text}")
                tests.append(f"(not {test})" if negated else test)
            else:
                condition = self.condition()
                texts.append(condition.inner)
                tests.append(condition.sql)
        return f"({','.join(texts)})", "(" + (" or " if is_or else " and ").join(tests) + ")", is_or

    def request(self, number: int) -> Request:
        pairs, tests = [], []
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3]) if number % 50 else 0):
            if self.random.random() < 0.25:
                text, test, is_or = self.tree()
                negated = self.random.random() < 0.2
                pairs.append((f"{'not.' if negated else ''}{'or' if is_or else 'and'}", text))
                tests.append(f"(not {test})" if negated else test)
            else:
                condition = self.condition()
                pairs.append((condition.name, condition.value))
                tests.append(condition.sql)
        query = "&".join(f"{quote(name, '>-')}={quote(value, '')}" for name, value in pairs)
        method = self.random.choice(["PATCH", "DELETE"])
        return Request(method, query, " and ".join(tests) or "true", commits=number % 20 == 7)


def ask_postgres(oracle: Oracle, requests: list[Request]) -> None:
    """Fills in what PostgreSQL finds for each request."""
    script = ["set client_min_messages = error;", "\\set VERBOSITY sqlstate"]
    for number, request in enumerate(requests):
        script.append(f"\\echo @{number}")
        script.append(f"select coalesce(json_agg(id), '[]') from grains where {request.where};")
    command = [str(oracle.programs / "psql"), "-h", str(oracle.folder), "-U", "postgres", "-XAtq", "-f", "-"]
    done = subprocess.run(
        command, input="\n".join(script), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    current = None
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            current = requests[int(line[1:])]
        elif line.startswith("["):
            current.found = set(json.loads(line))
        elif "ERROR:" in line:
            current.error = line.partition("ERROR:")[2].strip()


class Judge:
    """Sends requests to an emulator and says what is wrong with each."""

    def __init__(self, emulator: Emulator, rows: dict[int, str]):
        self.emulator = emulator
        self.seeded = rows
        self.address = urlsplit(emulator.base)
        self.connection = HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        self.refused = self.failed = self.compared = 0

    def send(self, method: str, target: str, body: str | None = None, prefer: str = ""):
        headers = self.emulator.keys() | {"Content-Type": "application/json", "Prefer": prefer}
        self.connection.request(method, f"/rest/v1/grains{target}", body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def rows(self, query: str) -> list[dict]:
        return json.loads(self.send("GET", f"?order=id{query}")[1])

    def judge(self, number: int, request: Request) -> str | None:
        stamp = number + 1
        body = json.dumps({"touched": stamp}) if request.method == "PATCH" else None
        ending = "commit" if request.commits else "rollback"
        target = f"?{request.query}&columns=touched" if body else f"?{request.query}"
        status, text = self.send(request.method, target, body, f"return=representation, tx={ending}")
        if status == 501:
            self.refused += 1
            return None
        if request.error:
            self.failed += 1
            # A pattern that is none is no error until a row is compared with it, and here another condition may come first.
            if request.error == PATTERN_ERROR and (status, text) == (200, b"[]"):
                return None
            return None if 400 <= status < 500 else f"{status}, PostgreSQL refuses this with {request.error}"
        if status == 400 and not request.found and json.loads(text)["code"] == PATTERN_ERROR:
            return None  # The same the other way round.
        if status != 200:
            return f"{status} {text.decode()[:300]}, PostgreSQL finds {sorted(request.found)}"
        self.compared += 1
        problem = self.difference({row["id"] for row in json.loads(text)}, request.found, "returned")
        if request.commits and not problem:
            problem = self.committed(request, stamp)
        return problem

    def committed(self, request: Request, stamp: int) -> str | None:
        """Whether the table changed where it should and nowhere else; then puts it back."""
        if request.method == "PATCH":
            problem = self.difference(
                {row["id"] for row in self.rows(f"&touched=eq.{stamp}")}, request.found, "changed"
            )
            self.send("PATCH", f"?touched=eq.{stamp}", '{"touched": 0}')
            return problem
        left = {row["id"] for row in self.rows("&select=id")}
        deleted = self.seeded.keys() - left
        if deleted:
            self.emulator.sql(inserting(self.seeded[key] for key in sorted(deleted)))
        return self.difference(deleted, request.found, "deleted")

    @staticmethod
    def difference(got: set[int], wanted: set[int], verb: str) -> str | None:
        if got == wanted:
            return None
        return f"{verb} {sorted(got - wanted)} too many and {sorted(wanted - got)} too few"


def inserting(rows) -> str:
    return f"insert into grains values {', '.join(rows)};"


def compare(seed: int, count: int, batch: int = 1000, limit: int = 20, size: int = 60) -> tuple[list[str], Judge]:
    """The findings of `count` requests."""
    grammar, findings = Grammar(seed), []
    rows = grammar.rows(size)
    oracle = Oracle()
    try:
        folder = oracle.folder / "seed"
        folder.mkdir()
        (folder / "schema.sql").write_text(SCHEMA)
        (folder / "data.sql").write_text(inserting(rows.values()))
        (folder / "emulator.json").write_text(json.dumps({"postgrest": {"db-tx-end": "commit-allow-override"}}))
        oracle.load(folder / "schema.sql", folder / "data.sql")
        with Emulator("--config", str(folder / "emulator.json"), seed=folder) as emulator:
            judge = Judge(emulator, rows)
            for start in range(0, count, batch):
                requests = [grammar.request(number) for number in range(start, min(start + batch, count))]
                ask_postgres(oracle, requests)
                for number, request in enumerate(requests, start):
                    problem = judge.judge(number, request)
                    if problem and len(findings) < limit:
                        findings.append(f"{request.method} ?{request.query}\n  WHERE {request.where}\n  {problem}")
                if count > 10 * batch:
                    print(f"{min(start + batch, count)} of {count}, {len(findings)} findings", file=sys.stderr)
            untouched = {row["id"] for row in judge.rows("&touched=eq.0&select=id")}
            if untouched != rows.keys():
                findings.append(f"rolled back, and yet changed: {sorted(rows.keys() - untouched)}")
            return findings, judge
    finally:
        oracle.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=100_000)
    options = parser.parse_args()
    try:
        findings, judge = compare(options.seed, options.requests)
    except Unavailable as reason:
        print(f"over-reach is not compared: {reason}")
        return 0
    for finding in findings:
        print("FINDING", finding)
    print(
        f"over-reach: {judge.compared} compared row by row, {judge.failed} that PostgreSQL refuses, "
        f"{judge.refused} refused by name, {len(findings)} findings"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
