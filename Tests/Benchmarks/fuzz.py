"""Bounded fuzzing of a running binary: REST paths, query strings, headers and bodies, and the arguments of every tool.

A finding is an answer of 500 or above that nothing explains, an error without its four keys, silence, a dead process,
or memory that keeps growing. The same --seed sends the same requests.
"""

import argparse
import http.client
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from emulator import SEEDS, Emulator, Response, eventually

TABLES = {
    "books": "id author_id title shelf pages price rating tags details published in_print code".split(),
    "authors": ["id", "name", "born", "email"],
    "loans": ["id", "book_id", "member", "due", "fee"],
    "shelves": ["room", "label", "capacity"],
    "placements": ["book_id", "room", "label"],
}
RELATED = {
    "books": ["authors", "loans", "placements"],
    "authors": ["books"],
    "loans": ["books"],
    "shelves": ["placements"],
    "placements": ["books", "shelves"],
}
# Beside the tables: functions of every kind, computed fields and relationships, with the arguments they take.
FUNCTIONS = {
    "add_up": ["a", "b"], "greet": ["name"], "nothing": [], "evens": ["top"], "all_books": [], "one_book": ["id"], "halves": ["num"],
    "price_list": ["minimum"], "joined": ["words"], "whole": [], "page": [], "add_loan": ["book_id", "member"], "fails": ["code"],
    "answer": ["status", "headers"],
}  # fmt: skip
FUNCTION_SQL = """
create domain "text/html" as text;
create function add_up(a int, b int default 10) returns int language sql immutable as 'select a + b';
create function greet(name text) returns text language sql stable as $$ select 'Hello, ' || name $$;
create function nothing() returns void language plpgsql as 'begin end';
create function evens(top int) returns setof int language sql immutable as 'select n from generate_series(2, least(top, 50), 2) n';
create function all_books() returns setof books language sql stable as 'select * from books';
create function one_book(id bigint) returns books language sql stable as 'select * from books where books.id = $1';
create function halves(num int, out low int, out high int) language sql immutable as 'select num / 2, num - num / 2';
create function price_list(minimum numeric) returns table (title text, price numeric) language sql stable as
    'select title, price from books where price >= minimum';
create function joined(variadic words text[]) returns text language sql immutable as $$ select array_to_string(words, '-') $$;
create function whole(jsonb) returns jsonb language sql immutable as 'select $1';
create function whole(text) returns text language sql immutable as 'select $1';
create function page() returns "text/html" language sql stable as $$ select '<p>' $$;
create function add_loan(book_id bigint, member text) returns setof loans language sql as
    'insert into loans (book_id, member) values (book_id, member) returning *';
create function fails(code text) returns int language plpgsql as
    $$ begin raise exception using errcode = '22P02', message = code, detail = code; end $$;
create function answer(status text, headers text) returns int language plpgsql stable as $$
begin
    perform set_config('response.status', status, true), set_config('response.headers', headers, true);
    return 1;
end $$;
create function shout(books) returns text language sql stable as 'select upper($1.title)';
create function writer(books) returns setof authors rows 1 language sql stable as 'select * from authors where id = $1.author_id';
create function works(authors) returns setof books language sql stable as 'select * from books where author_id = $1.id';
"""
HINTS = ["", "", "!inner", "!left", "!book_id", "!nope", "!books_author_id_fkey"]
OPERATORS = """eq neq gt gte lt lte like ilike match imatch in is isdistinct cs cd ov sl sr nxr nxl adj fts plfts phfts
    wfts not.eq not.in not.is not.like eq(any) like(all) gt(any) in(any) nope not not.not. "" fts(english)""".split()
VALUES = [
    "", "1", "-1", "0", "1.5", "1e400", "9223372036854775808", "99999999999999999999999999", "null", "NULL", "true", "unknown",
    "not_null", "(1,2,3)", "()", "(", ")", "(\"a\",\"b,c\")", "{1,2}", "{", "{a,\"b", "[1,2)", "[,]", "{\"a\":1}", "{\"a\":", "*", "%", "a%b\\",
    "\\", "'", "\"", "';--", "2024-02-30", "infinity", "2024-01-01T00:00:00+99:99", "11111111-1111-4111-8111-111111111111",
    "ł☃𝄞", "\u0000", "\ud7ff", "a" * 5000, "[[:alpha:]", "(((((", "a{1,99999}", "(a|b)*c", "\\1", "^$", "fiction", "sea", "0x1F", "٣",
]  # fmt: skip
# What a filter on a column of each kind may be and mean something; a column that is not named here holds a number.
KINDS = {
    "title": "text", "name": "text", "email": "text", "member": "text", "label": "text", "shelf": "enum", "tags": "array", "details": "json",
    "published": "time", "born": "time", "due": "time", "in_print": "boolean", "code": "uuid",
}  # fmt: skip
FILTERS = {
    "number": "eq.1 neq.2 gt.0 lte.9007199254740993 in.(1,2) not.in.(1) isdistinct.1 eq(any).{1,2} lt.7 gte(all).{0,1} is.null".split(),
    "text": "eq.Tides like.T* ilike.*a* match.^[A-Z] imatch.key$ not.like.*e* like(any).{T*,*y} gt.M in.(Erik,Tides) isdistinct.x".split(),
    "enum": "eq.fiction neq.science gt.fiction in.(fiction,history) not.eq.history is.null".split(),
    "array": ["cs.{sea}", "ov.{sea,odd}", "cd.{sea,poem}", "eq.{}", 'cs.{"moon, full"}', "not.cs.{sea}"],
    "json": ['cs.{"signed":true}', "eq.{}", "not.is.null", 'cd.{"a":1}', "neq.[]"],
    "time": "gt.2000-01-01 lte.2024-04-01 eq.1951-02-28 is.null not.is.null lt.infinity in.(2024-03-01,2024-03-15)".split(),
    "boolean": "eq.true is.true is.not_null not.is.false neq.f in.(t,f)".split(),
    "uuid": "eq.11111111-1111-4111-8111-111111111111 is.null not.is.null gt.00000000-0000-0000-0000-000000000000".split(),
}  # fmt: skip
PIECES = ["*", "(", ")", ",", ".", ":", "::", "->", "->>", "!", "!inner", "!left", "...", " ", '"', "\\", "count()", ".sum()", "::text", "::int", "::nope", "and", "or", "not."]  # fmt: skip
PREFERENCES = [
    "return=representation", "return=minimal", "return=headers-only", "count=exact", "count=planned", "resolution=merge-duplicates",
    "resolution=ignore-duplicates", "missing=default", "tx=rollback", "handling=strict", "max-affected=1", "timezone=Europe/Madrid",
    "timezone=Nowhere", "return=nonsense", ",", "=",
]  # fmt: skip
ACCEPTS = ["application/json", "text/csv", "application/vnd.pgrst.object+json", "application/vnd.pgrst.array+json;nulls=stripped", "*/*", "image/png", "application/vnd.pgrst.plan+json", ";;q=", "", "text/html", "text/html;q=0.1,*/*"]  # fmt: skip
GOOD_VALUES = [1, 2, 10, 77, "Ebb", "fiction", None, True, "2024-01-01", 1.25, "a@example.com", [], {}, "A"]
JSON_VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    1e308,
    10**30,
    "",
    "x",
    "1",
    "null",
    [],
    [1],
    {},
    {"a": [None]},
    "\u0000",
    "ł" * 1000,
    [[["x"]]],
]

TYPED = {
    "string": ["a", "A_KEY", "task_service", "select 1", "select * from books", "x = 1", "from fastapi import APIRouter\nrouter = APIRouter()\n", "", "'", ";", "\u0000", "ł" * 300, "delete from loans", "create table t (id int)", "drop table t", "explain select 1"],
    "integer": [0, 1, -1, 10, 10**9, 10**19],
    "number": [0, 1.5, -1],
    "boolean": [True, False],
    "array": [[], ["A_KEY"], ["supabase"], ["no-such-package-for-the-emulator"], ["supabase==0.0.0"], ["; rm"], ["A", "A"]],
    "object": [{}, {"A_KEY": {"description": "d", "required": True}}, {"a": 1}],
}  # fmt: skip

# Codes that PostgREST itself answers with 500 or 503: classes of SQLSTATE, and what functions set for the response.
EXPLAINED = ("09", "21000", "25", "2D", "38", "39", "3B", "40", "42P17", "53", "54", "55", "57", "PGRST111", "PGRST112")


class Fuzzer:
    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.mild = False

    def calm(self):
        """Decides anew whether the next request is nearly right, so that it gets past the parser, or wild."""
        self.mild = self.random.random() < 0.6

    def pick(self, *choices):
        return self.random.choice(choices[0] if len(choices) == 1 else choices)

    def column(self, table: str) -> str:
        roll = self.random.random()
        if roll < (0.97 if self.mild else 0.75):
            return self.pick(TABLES[table])
        if roll < 0.85:
            return self.pick(TABLES[table]) + self.pick(
                "->a", "->>a", "->0", "->>-1", "->a->b->>c", "->", "->>9999999999"
            )
        return self.pick("zzz", "", '"title"', "books.id", "*", "ł", "a b", "$", "id)", "(id", "count()")

    def garble(self, text: str) -> str:
        """Most texts stay whole; some lose, double or gain a piece."""
        if self.random.random() < (0.99 if self.mild else 0.8) or not text:
            return text
        at = self.random.randrange(len(text))
        return self.pick(
            text[:at] + text[at + 1 :],
            text[:at] + self.pick(PIECES) + text[at:],
            text[:at] + text[at:] * 2,
            text[: at + 1],
            text + self.pick(VALUES),
        )

    def condition(self, table: str) -> tuple[str, str]:
        """A column and what is asked of it."""
        if self.mild:
            column = self.pick(TABLES[table])
            return column, self.pick(FILTERS[KINDS.get(column, "number")])
        return self.column(table), f"{self.pick(OPERATORS)}.{self.pick(VALUES)}"

    def logic(self, table: str, depth: int = 0) -> str:
        parts = []
        for _ in range(self.random.randint(0, 3)):
            if depth < 4 and self.random.random() < 0.3:
                parts.append(self.pick("and", "or", "not.and", "not.or") + self.logic(table, depth + 1))
            else:
                parts.append(".".join(self.condition(table)))
        return f"({','.join(parts)})"

    def select(self, table: str, depth: int = 0) -> str:
        parts = []
        for _ in range(self.random.randint(0, 4)):
            if depth < 5 and self.random.random() < 0.35:
                other = self.pick(RELATED[table] if self.mild else list(TABLES))
                hint = self.pick(HINTS[:4] if self.mild else HINTS)
                parts.append(
                    self.pick("", "", "a:", "" if self.mild else "...")
                    + other
                    + hint
                    + f"({self.select(other, depth + 1)})"
                )
            else:
                parts.append(
                    self.pick("", "", "", "x:")
                    + self.column(table)
                    + ("" if self.mild else self.pick("", "", "", "::text", "::int", "::nope", ".sum()"))
                )
        return ",".join(parts)

    def query(self, table: str) -> str:
        pairs = []
        for _ in range(self.random.randint(0, 5)):
            match self.random.randrange(8):
                case 0 | 1:
                    pairs.append(self.condition(table))
                case 2:
                    pairs.append(("select", self.select(table)))
                case 3:
                    order = self.column(table) + self.pick(
                        "", ".asc", ".desc", ".nullsfirst", ".desc.nullslast", ".up", "(name)"
                    )
                    pairs.append((self.pick("order", "authors.order", "loans.order"), order))
                case 4:
                    pairs.append(
                        (
                            self.pick("limit", "offset", "loans.limit", "a.b.offset"),
                            self.pick("0", "1", "-1", "x", "99999999999999999999", ""),
                        )
                    )
                case 5:
                    pairs.append((self.pick("or", "and", "not.or", "not.and", "loans.or"), self.logic(table)))
                case 6:
                    pairs.append(
                        (
                            self.pick("columns", "on_conflict", "apikey"),
                            self.pick("id", "id,title", '"id"', "", "zzz", ",", "id,id"),
                        )
                    )
                case 7:
                    other = self.pick(RELATED[table])
                    column, filter = self.condition(other)
                    pairs += [(f"{other}.{column}", filter), ("select", f"*,{other}(*)")]
        keep = self.pick("", "*(),.:!->=&", "*(),.:!")
        return "&".join(
            f"{quote(self.garble(k), keep, errors='surrogatepass')}={quote(self.garble(v), keep, errors='surrogatepass')}"
            for k, v in pairs
        )

    def body(self, table: str):
        if self.random.random() < 0.15:
            return self.pick(
                "",
                "{",
                "[",
                "null",
                "1",
                '"x"',
                "[[]]",
                '{"a":}',
                "[1,{}]",
                '{"id":1,"id":2}',
                "[" * 3000,
                '{"id":1e99999}',
                '"\\ud800"',
            )

        values = GOOD_VALUES if self.mild else JSON_VALUES
        columns = self.random.sample(TABLES[table], min(3, len(TABLES[table])))

        def row():
            if self.mild:  # the same columns in every row
                return {column: self.pick(values) for column in columns}
            return {self.column(table): self.pick(values) for _ in range(self.random.randint(0, 4))}

        return json.dumps(self.pick(row(), [row() for _ in range(self.random.randint(0, 3))]))

    def rest(self) -> tuple[str, str, str | None, dict[str, str]]:
        self.calm()
        table = self.pick(list(TABLES))
        method = self.pick("GET", "GET", "GET", "GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS")
        path = self.pick(
            f"/{table}",
            f"/{table}",
            f"/{table}",
            f"/{table}",
            f"/{table}",
            f"/{self.garble(table)}",
            "/",
            "/rpc/nope",
            "/a/b",
        )
        if self.random.random() < 0.2:
            return self.call()
        headers = {
            "Content-Type": self.pick(
                "application/json", "application/json", "text/csv", "application/x-www-form-urlencoded", "x/y", ""
            )
        }
        if self.random.random() < 0.4:
            headers["Prefer"] = ",".join(self.random.sample(PREFERENCES, self.random.randint(1, 3)))
        if self.random.random() < 0.3:
            headers["Accept"] = self.pick(ACCEPTS)
        if self.random.random() < 0.15:
            headers["Range"] = self.pick("0-1", "5-", "9-1", "-", "x", "0-99999999999999999999")
        if self.random.random() < 0.05:
            headers[self.pick("Accept-Profile", "Content-Profile")] = self.pick("public", "auth", "", '"', "zzz")
        body = self.body(table) if method in ("POST", "PATCH", "PUT") else None
        return method, f"{quote(path, '/')}?{self.query(table)}", body, headers

    def call(self) -> tuple[str, str, str | None, dict[str, str]]:
        """A function with the arguments it takes, nearly, and something done to what it returns."""
        name = self.pick(list(FUNCTIONS))
        names = [argument for argument in FUNCTIONS[name] if self.random.random() < 0.95]
        if self.random.random() < (0.02 if self.mild else 0.2):
            names.append(self.pick("zzz", "", "id", "ł", "a"))
        method = self.pick("GET", "GET", "POST", "POST", "POST", "HEAD", "OPTIONS", "DELETE")
        values = GOOD_VALUES if self.mild else JSON_VALUES
        headers = {"Content-Type": "application/json"}
        if self.random.random() < 0.3:
            headers["Accept"] = self.pick(ACCEPTS)
        if self.random.random() < 0.3:
            headers["Prefer"] = ",".join(self.random.sample(PREFERENCES, self.random.randint(1, 3)))
        query = self.query("books") if self.random.random() < 0.5 else ""
        if method != "POST":
            given = "&".join(f"{quote(key)}={quote(str(self.pick(values)))}" for key in names)
            return method, f"/rpc/{name}?{given}&{query}", None, headers
        if not self.mild:
            kinds = [
                "application/json",
                "application/x-www-form-urlencoded",
                "text/csv",
                "text/plain",
                "application/octet-stream",
            ]
            headers["Content-Type"] = self.pick(kinds)
        body = json.dumps({key: self.pick(values) for key in names})
        return method, f"/rpc/{name}?{query}", self.pick(body, body, f"[{body}]", self.body("books")), headers

    def arguments(self, schema: dict) -> object:
        self.calm()
        if not self.mild and self.random.random() < 0.05:
            return self.pick(JSON_VALUES)
        given = {}
        for name, property in schema.get("properties", {}).items():
            if name == "cloud_id" and self.random.random() < 0.8:
                continue  # there is one cloud
            if self.random.random() < 0.85 or name in schema.get("required", []):
                kind = property.get("type")
                plausible = TYPED.get(kind if isinstance(kind, str) else "string", JSON_VALUES)
                given[name] = self.pick(plausible if self.mild else JSON_VALUES)
        if self.random.random() < (0 if self.mild else 0.2):
            given[self.pick("zzz", "", "cloud_id ", "__proto__")] = self.pick(JSON_VALUES)
        return given


def explained(answer: Response) -> bool:
    """Whether a 5xx is what PostgREST or a missing feature answers. The code is in a header too, for HEAD."""
    code = (answer.headers["Proxy-Status"] or "").partition("error=")[2]
    return answer.status == 501 or code.startswith(EXPLAINED)


class Findings:
    def __init__(self, limit: int):
        self.limit, self.seen = limit, {}

    def add(self, kind: str, request: str, answer: str):
        if kind not in self.seen and len(self.seen) < self.limit:
            print(f"FINDING {kind}\n  {request[:600]}\n  {answer[:600]}", flush=True)
        self.seen[kind] = self.seen.get(kind, 0) + 1


def memory(emulator: Emulator) -> int:
    """The resident memory of the process, in MiB."""
    text = Path(f"/proc/{emulator.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS")) // 1024


# How much more a process may hold at the end than when it has seen everything once.
GROWTH = 64


def fuzz(seed: int, requests: int, tools: int) -> tuple[Findings, dict[int, int]]:
    """What is found by so many requests to the REST API and calls of tools, and how often each status was answered."""
    with tempfile.TemporaryDirectory(prefix="altan-fuzz-") as folder:
        place = Path(folder)
        (place / "schema.sql").write_text((SEEDS / "library/schema.sql").read_text() + FUNCTION_SQL)
        shutil.copy(SEEDS / "library/data.sql", place)
        return _fuzz(place, seed, requests, tools)


def _fuzz(place: Path, seed: int, requests: int, tool_calls: int) -> tuple[Findings, dict[int, int]]:
    fuzzer, findings, statuses = Fuzzer(seed), Findings(40), {}
    with Emulator(seed=place) as emulator:

        def send(surface: str, method: str, path: str, body, headers: dict[str, str]):
            shown = f"{method} {path} {headers} {body if body is None else body[:300]}"
            try:
                answer = emulator.request(method, path, body, headers, timeout=20)
            except (OSError, http.client.HTTPException) as error:
                findings.add(f"{surface}: no answer ({type(error).__name__})", shown, emulator.errors()[-600:])
                eventually(lambda: emulator.process.poll() is not None, within=60)
                return
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            if surface == "rest" and method == "GET" and not path.startswith("/rest/v1/rpc/"):
                # Reads of one shape share their plan; under a type of its own a read shares it with none.
                alone = emulator.request(method, path, body, headers | {"Content-Type": f"x/{number}"}, timeout=20)
                if (answer.status, answer.text) != (alone.status, alone.text):
                    findings.add("rest: an answer by another read's plan", shown, f"{answer.text}\n{alone.text}")
            if answer.status >= 500 and not explained(answer):
                findings.add(f"{surface}: {answer.status} {answer.text[:60]}", shown, answer.text)
            elif surface == "rest" and answer.status >= 400 and method != "HEAD":
                try:
                    keys = set(answer.json())
                except (ValueError, TypeError):
                    keys = set()
                if keys != {"code", "details", "hint", "message"} and answer.status not in (401, 501):
                    findings.add(f"rest: {answer.status} without the four keys", shown, answer.text)

        keys, early, number = emulator.keys(), 0, 0
        for number in range(requests):
            method, path, body, headers = fuzzer.rest()
            send(
                "rest", method, "/rest/v1" + path, body, keys | {k: v for k, v in headers.items() if v or k == "Accept"}
            )
            if emulator.process.poll() is not None:
                break
            if number % 200 == 199:
                emulator.reset()
            if number == requests // 3:
                early = memory(emulator)
        if emulator.process.poll() is None and requests > 1000 and (late := memory(emulator)) > early + GROWTH:
            findings.add("memory keeps growing", f"{early} MiB after a third of the requests", f"{late} MiB at the end")
        tools = emulator.get("/tools").json() if emulator.process.poll() is None else []
        tools = tools if isinstance(tools, list) else tools["tools"]
        for _ in range(tool_calls):
            if emulator.process.poll() is not None:
                break
            tool = fuzzer.pick(tools)
            schema = tool.get("inputSchema") or tool.get("input_schema") or {}
            body = json.dumps(fuzzer.arguments(schema))
            send(f"tool {tool['name']}", "POST", f"/tools/{tool['name']}", body, {"Content-Type": "application/json"})
        if emulator.process.poll() is not None:
            findings.add("the process died", f"exit status {emulator.process.returncode}", emulator.errors()[-2000:])
    return findings, statuses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=200_000, help="to the REST API")
    parser.add_argument("--tools", type=int, default=2000, help="calls of tools")
    options = parser.parse_args()
    findings, statuses = fuzz(options.seed, options.requests, options.tools)
    print("statuses:", ", ".join(f"{status} × {count}" for status, count in sorted(statuses.items())))
    print(f"{sum(statuses.values())} answers, {sum(findings.seen.values())} findings of {len(findings.seen)} kinds")
    return 1 if findings.seen else 0


if __name__ == "__main__":
    sys.exit(main())
