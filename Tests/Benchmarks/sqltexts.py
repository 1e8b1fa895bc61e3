"""Mutated SQL texts sent to a running binary: nothing may crash, and every database must be sound afterwards.

The texts come from the seeds, the recorded cases of the tests and, where ALTAN_PROJECTS names a folder of Supabase
projects, from those. In each round one of these sources is loaded statement by statement, so that there is a schema
to get deep into; between its statements stand mutations of them: tokens deleted, doubled, swapped and replaced, parts
of two statements joined, bodies of functions changed, values at the edge of their types, nonsense bytes.

A finding is a dead process, silence, an answer of 500 or above, an error that the engine did not foresee (XX000), a
file that SQLite finds corrupt, a table that the catalog does not know, and a definition that could not be read again.
The same --seed sends the same texts.
"""

import argparse
import json
import os
import random
import re
import sys
import tempfile
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from emulator import REPOSITORY, SEEDS, Emulator, eventually

TOKEN = re.compile(
    r"""--[^\n]*\n? | /\*.*?\*/ | (?P<dollar>\$[A-Za-z_]*\$).*?(?P=dollar) | [EeBbXxNn]?'(?:[^']|'')*' | "(?:[^"]|"")*"
    | \$?\w+(?:\.\d+)? | ::|:=|->>|->|\#>>|\#>|<=|>=|<>|!=|\|\||@>|<@|&& | \s+ | .""",
    re.VERBOSE | re.DOTALL,
)
KEYWORDS = """select from where group by having order limit offset distinct on all union except intersect with recursive
    as materialized lateral join left right full cross natural using insert into values default update set delete
    returning conflict do nothing create table temp view function procedure trigger policy index unique type enum domain
    schema sequence role extension alter add drop column constraint rename to owner if not exists or replace and is null
    true false between in like ilike similar any some array row case when then else end cast collate primary key
    foreign references check cascade restrict generated always identity stored partition of for each statement before
    after instead execute language sql plpgsql security definer invoker stable immutable volatile strict returns setof
    begin commit rollback savepoint declare loop exit continue while raise exception perform return next query grant
    revoke truncate comment copy stdin merge matched over window rows range filter within lateral only""".split()
TYPES = """int bigint smallint numeric numeric(5,2) real double\u0020precision text varchar(3) char(2) boolean date time
    timestamp timestamptz interval uuid json jsonb bytea inet int[] text[] numeric[] int4range tstzrange daterange
    tsvector oid regclass record void anyelement name money bit(3) point nope""".split()
VALUES = [
    "0", "1", "-1", "2147483647", "-2147483648", "2147483648", "9223372036854775807", "9223372036854775808", "1e308", "1e-400",
    "0.1", "1e1000", "''", "' '", "'x'", "'1'", "'{1,2}'", "'{'", "'[1,2)'", "'{\"a\": [1, null]}'", "'{\"a\":'", "null", "true",
    "'infinity'", "'-infinity'", "'NaN'", "'2024-02-30'", "'0001-01-01 BC'", "'294276-12-31 23:59:59.999999'", "'24:00:00'",
    "'1 mon -1 day'", "'178000000 years'", "'\\\\x00ff'", "E'\\\\x'", "'(a|b)*\\\\1'", "'((((('", "'%_\\\\'", "'ł☃𝄞'", "U&'\\0061'",
    "B'101'", "X'1f'", "'11111111-1111-4111-8111-111111111111'", "array[]::int[]", "array[1,null]", "row(1,'a')", "row()", "()", "(1,2)",
    "'now'", "'epoch'", "interval '1 day'", "'Europe/Madrid'", "'pg_class'::regclass", "current_user", "now()", "$1", "*", "'a' || 'b'",
    "(select 1)", "(select 1, 2)", "(select null)", "exists (select 1)", "generate_series(1, 3)", "count(*)", "row_number() over ()",
]  # fmt: skip
SYMBOLS = "( ) [ ] , ; . :: := = < > <= >= <> + - * / % ^ || -> ->> #> @> <@ && ? ! ~ ~* !~ @@ | & # << >> :".split()
PIECES = ["\0", "'", '"', "$$", "$a$", "/*", "*/", "--", "\\", "\\.", "\ufeff", "\u00a0", "ł", "☃", "\u202e", "\r", "\t", ";;", "((", "))", "\\d", "\\copy "]  # fmt: skip
# A mutation may well loop for ever, in PostgreSQL too: silence after one of these is no finding.
ENDLESS = re.compile(r"(?i)\b(loop|while|recursive|generate_series|pg_sleep|repeat|lpad|rpad|crypt|gen_salt)\b")
# Errors that PostgreSQL did not foresee either, with this very code.
UNFORESEEN = (
    "unrecognized weight",
    "unrecognized objtype abbreviation",
    "cache lookup failed",
    "could not open relation with OID",
)
# How many seconds an answer may take.
SILENCE = 20


def statements(text: str) -> list[str]:
    """A script's statements, roughly: what a semicolon at the end of a line ends, quotes and dollars kept whole."""
    found, current = [], []
    for match in TOKEN.finditer(text):
        token = match[0]
        if token.startswith("--") or token.startswith("/*"):
            continue
        current.append(token)
        if token == ";":
            found.append("".join(current).strip())
            current = []
    return [one for one in [*found, "".join(current).strip()] if len(one) > 1]


def sources() -> list[list[str]]:
    """Scripts that belong together, each as its statements."""
    tests = REPOSITORY / "Tests"
    files = [[file] for file in sorted((tests / "PostgresEngineTests/Execution/Cases").glob("*.sql"))]
    folders = [REPOSITORY / "seed", *sorted(SEEDS.iterdir())]
    projects = os.environ.get("ALTAN_PROJECTS")
    if projects and Path(projects).is_dir():
        folders += sorted(file.parent for file in Path(projects).glob("*/migrations"))
    for folder in folders:
        files.append([*sorted(folder.glob("schema.sql")), *sorted(folder.glob("migrations/*.sql")), *sorted(folder.glob("data.sql")), *sorted(folder.glob("seed.sql"))])  # fmt: skip
    found = [[one for file in group for one in statements(file.read_text("utf-8"))] for group in files]
    # Expressions of the functions' cases, a hundred a source.
    for file in sorted((tests / "PostgresEngineTests/Functions/Cases").glob("*.tsv")):
        lines = [line.split("\t")[0] for line in file.read_text("utf-8").splitlines() if line and line[0] != "#"]
        texts = [line if re.match(r"(?i)(select|with|values)\b", line) else f"SELECT {line}" for line in lines]
        found += [texts[start : start + 100] for start in range(0, len(texts), 100)]
    return [group for group in found if group]


class Mutator:
    def __init__(self, seed: int, groups: list[list[str]]):
        self.random = random.Random(seed)
        self.groups = groups
        words = {token for group in groups for text in group for token in re.findall(r"\b[a-z_]\w{1,30}\b", text)}
        self.words = sorted(words)
        self.all = [text for group in groups for text in group]

    def pick(self, choices):
        return self.random.choice(choices)

    def tokens(self, text: str) -> list[str]:
        return [match[0] for match in TOKEN.finditer(text)]

    def mutated(self, text: str) -> str:
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            text = self.once(text)
        return text

    def once(self, text: str) -> str:
        """One change. A body between dollars is a text of its own."""
        tokens = self.tokens(text)
        bodies = [
            index for index, token in enumerate(tokens) if token[0] == "$" and token.endswith("$") and len(token) > 8
        ]
        if bodies and self.random.random() < 0.6:
            index = self.pick(bodies)
            opening = re.match(r"\$\w*\$", tokens[index])[0]
            inner = tokens[index][len(opening) : -len(opening)]
            tokens[index] = opening + self.once(inner) + opening
            return "".join(tokens)
        places = [index for index, token in enumerate(tokens) if not token.isspace()]
        if not places:
            return text + self.pick(VALUES)
        at = self.pick(places)
        match self.random.randrange(16):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[at] + " ")
            case 2:
                other = self.pick(places)
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3 | 4 | 5:
                tokens[at] = self.like(tokens[at])
            case 6:
                tokens.insert(at, f" {self.pick(self.pick([KEYWORDS, SYMBOLS, VALUES, self.words, TYPES]))} ")
            case 7:
                return "".join(tokens[:at]) + self.rest(self.pick(self.all))
            case 8:
                return "".join(tokens[:at])
            case 9:
                where = self.random.randrange(len(text) + 1)
                return text[:where] + self.pick(PIECES) + text[where:]
            case 10:
                depth = self.pick([1, 2, 30, 400])
                tokens[at] = "(" * depth + tokens[at] + ")" * depth
            case 11:
                end = min(at + self.random.randint(1, 8), len(tokens))
                tokens[at:end] = tokens[at:end] * 2
            case 12:
                end = min(at + self.random.randint(1, 12), len(tokens))
                del tokens[at:end]
            case 13:
                tokens[at] = f"({tokens[at]})::{self.pick(TYPES)}"
            case 14:
                other = self.tokens(self.pick(self.all))
                start = self.random.randrange(len(other))
                tokens[at:at] = [" ", *other[start : start + self.random.randint(1, 10)], " "]
            case 15:
                return f"{text.rstrip().rstrip(';')}; {self.pick(self.all)}"
        return "".join(tokens)

    def rest(self, text: str) -> str:
        tokens = self.tokens(text)
        return "".join(tokens[self.random.randrange(len(tokens)) :])

    def like(self, token: str) -> str:
        """Another one of the token's kind."""
        if token[0] in "'0123456789" or token[-1] == "'":
            return self.pick(VALUES)
        if re.fullmatch(r"\w+", token):
            if token.lower() in KEYWORDS:
                return self.pick(KEYWORDS)
            return self.pick(TYPES) if token.lower() in TYPES else self.pick(self.words)
        return self.pick(SYMBOLS)

    def round(self, group: list[str]):
        """The texts of one round: a source's statements with mutations between them."""
        for text in group:
            for _ in range(self.pick([0, 1, 1, 2])):
                yield self.mutated(text)
            if self.random.random() < 0.85:
                yield text
            if self.random.random() < 0.3:
                yield self.mutated(self.pick(group))


@dataclass
class Findings:
    limit: int = 30
    seen: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, text: str, answer: str):
        if kind not in self.seen and len(self.seen) < self.limit:
            print(f"FINDING {kind}\n  {text[:1500]!r}\n  {answer[:1500]}", flush=True)
        self.seen[kind] = self.seen.get(kind, 0) + 1


class Target:
    """An emulator on a state of its own, started again where a text ended it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.starts = 0
        self.start()

    def start(self):
        self.starts += 1
        self.emulator = Emulator(state=self.folder / f"state-{self.starts}")
        self.connect()

    def connect(self):
        address = urlsplit(self.emulator.base)
        self.connection = HTTPConnection(address.hostname, address.port, timeout=SILENCE)

    def stop(self):
        self.connection.close()
        self.emulator.stop()

    def end(self) -> str:
        """Ends it at once, and says what it said."""
        said = self.emulator.errors()[-1500:]
        self.connection.close()
        if self.emulator.process.poll() is None:
            self.emulator.process.kill()
            self.emulator.process.wait()
        self.emulator.stop()
        return said

    def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


class Run:
    def __init__(self, seed: int, folder: Path):
        self.mutator = Mutator(seed, sources())
        self.findings = Findings()
        self.target = Target(folder)
        self.codes: dict[str, int] = {}
        self.texts = self.endless = 0

    def send(self, text: str) -> bool:
        """False where the emulator had to be started again."""
        body = {"sql": text, "autocommit": True, "continue_on_error": True}
        self.texts += 1
        try:
            status, answer = self.target.ask("POST", "/_emulator/sql", body)
        except (OSError, HTTPException, ValueError) as error:
            process = self.target.emulator.process
            died = eventually(lambda: process.poll() is not None, within=2)
            if died or not ENDLESS.search(text):
                kind = f"the process died ({process.returncode})" if died else f"no answer ({type(error).__name__})"
                said = self.target.end()
                fatal = [line for line in said.splitlines() if "Fatal" in line or "Crash" in line]
                self.findings.add(kind + (f": {fatal[0][-120:]}" if fatal else ""), text, said)
            else:
                self.endless += 1
                self.target.end()
            self.target.start()
            return False
        if status != 200:
            self.findings.add(f"{status}", text, json.dumps(answer))
            return True
        for statement in answer["statements"]:
            error = statement.get("error")
            code = error["code"] if error else "00000"
            self.codes[code] = self.codes.get(code, 0) + 1
            if code == "XX000" and not error["message"].startswith(UNFORESEEN):
                kind = re.sub(r"[\"'(\d].*", "", error["message"])[:60]
                self.findings.add(f"XX000 {kind}", statement["statement"], error["message"])
        return True

    def problems(self) -> list[str]:
        status, answer = self.target.ask("GET", "/_emulator/state/check")
        return answer["problems"] if status == 200 else [json.dumps(answer)]

    def round(self, texts: list[str]) -> None:
        sent = []
        for text in texts:
            if not self.send(text):
                sent = []
                continue
            sent.append(text)
        try:
            found = self.problems()
        except (OSError, HTTPException) as error:
            self.findings.add(f"no answer to the check ({type(error).__name__})", "", self.target.end())
            self.target.start()
            return
        if found:
            self.blame(sent, found)
        self.target.ask("POST", "/_emulator/reset", {})

    def blame(self, sent: list[str], found: list[str]) -> None:
        """Sends a round again, with a look after each text, to tell which one it was."""
        self.target.ask("POST", "/_emulator/reset", {})
        for text in sent:
            if not self.send(text):
                break
            if now := self.problems():
                return self.findings.add(re.sub(r"[\d\"].*", "", now[0])[:60], text, "\n  ".join(now))
        self.findings.add("a round leaves " + found[0][:60], "; ".join(sent)[-1500:], "\n  ".join(found))

    def all(self, count: int) -> None:
        while self.texts < count:
            group = self.mutator.pick(self.mutator.groups)
            start = self.mutator.random.randrange(len(group)) if len(group) > 400 else 0
            # A long project is loaded as it is up to a place, and fuzzed from there.
            for text in group[:start]:
                if not self.send(text):
                    break
            self.texts -= start
            self.round(list(self.mutator.round(group[start : start + 200])))
        self.again()

    def again(self) -> None:
        """What was written last is there after a start on the same state, and is the same."""
        for text in self.mutator.pick(self.mutator.groups):
            self.send(text)
        before = self.target.ask("GET", "/_emulator/state/document")[1]
        state = self.target.folder / f"state-{self.target.starts}"
        self.target.stop()
        self.target.emulator = Emulator(state=state)
        self.target.connect()
        after = self.target.ask("GET", "/_emulator/state/document")[1]
        if before != after:
            self.findings.add("another state after a start", "", "")


def fuzz(seed: int, count: int) -> Run:
    """What so many texts find."""
    with tempfile.TemporaryDirectory(prefix="altan-sqltexts-") as folder:
        run = Run(seed, Path(folder))
        try:
            run.all(count)
        finally:
            run.target.end()
        return run


def main() -> int:
    # A number of any length is one.
    sys.set_int_max_str_digits(0)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=100_000, help="so many texts")
    options = parser.parse_args()
    print(f"SQL texts: seed {options.seed}")
    run = fuzz(options.seed, options.requests)
    answers = sorted(run.codes.items(), key=lambda item: -item[1])
    print("codes:", ", ".join(f"{code} × {count}" for code, count in answers[:20]))
    print(
        f"SQL texts: {run.texts} sent, {run.endless} without an end, {sum(run.findings.seen.values())} findings "
        f"of {len(run.findings.seen)} kinds"
    )
    return 1 if run.findings.seen else 0


if __name__ == "__main__":
    sys.exit(main())
