"""Sample projects that lie beside the repository: migrations, a seed, and checks with the answers of PostgreSQL 15.

A check runs in a transaction of its own, with claims and a role, and is undone; `then` looks at what it did.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from emulator import Emulator


@dataclass(frozen=True)
class Digits:
    """A number as it was spelled: 1.10 is not 1.1."""

    text: str


def exact(text: str):
    return json.loads(text, parse_float=Digits, parse_int=Digits)


def spelled(value) -> str:
    """JSON with the spelling of its numbers, keys in their order."""
    match value:
        case Digits(text):
            return text
        case dict():
            return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {spelled(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(spelled, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def projects(folder: Path) -> list[Path]:
    return sorted(file.parent for file in folder.glob("*/checks.jsonl"))


def checks(project: Path) -> list[dict]:
    lines = (project / "checks.jsonl").read_text("utf-8").split("\n")
    return [exact(line) for line in lines if line.strip()]


def without_comments(sql: str) -> str:
    return re.sub(r"\A(\s+|--[^\n]*(\n|\Z)|/\*.*?\*/)+", "", sql, flags=re.DOTALL)


def is_plain_query(sql: str) -> bool:
    """Whether rows can be asked for as JSON: a query that modifies nothing."""
    if not re.match(r"(?i)(select|with|values|table)\b", sql):
        return False
    modifies = re.search(r"(?is)\b(insert\s+into|update\s+\S+.*\sset|delete\s+from)\b", sql)
    return not (modifies and re.match(r"(?i)with\b", sql))


def as_rows(sql: str) -> str:
    """The statement, made to answer its rows as the server's own JSON where that can be asked for."""
    sql = without_comments(sql).rstrip().rstrip(";")
    return f"SELECT row_to_json(_q)::text FROM (\n{sql}\n) AS _q" if is_plain_query(sql) else sql


def rows_of(statement: dict) -> list:
    rows = statement.get("rows", [])
    if is_plain_query(without_comments(statement["asked"])):
        return [exact(next(iter(row.values()))) for row in rows]
    return rows


def outcome(statement: dict) -> dict:
    """What a statement answered, in the form that checks expect it in."""
    if error := statement.get("error"):
        kept = {key: error.get(key) for key in ("code", "message", "detail")}
        return {"error": kept | {key: error[key] for key in ("hint", "constraint") if error.get(key) is not None}}
    answer = {"rows": rows_of(statement)}
    tag = statement.get("tag", "").split()
    if "columns" not in statement and tag and tag[0] in ("INSERT", "UPDATE", "DELETE", "MERGE"):
        answer["count"] = Digits(tag[-1])
    return answer


def agrees(wanted: dict, given: dict, unordered: bool = False) -> bool:
    """An expected error without a detail leaves it open; everything else has to match, key order and digits too."""
    if "error" in wanted and "error" in given and "detail" not in wanted["error"]:
        given = {"error": {key: value for key, value in given["error"].items() if key != "detail"}}
    if unordered and "rows" in wanted and "rows" in given:
        if Counter(map(spelled, wanted["rows"])) != Counter(map(spelled, given["rows"])):
            return False
        wanted, given = wanted | {"rows": []}, given | {"rows": []}
    if "error" in wanted or "error" in given:
        return wanted == given
    return spelled(wanted) == spelled(given)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def difference(emulator: Emulator, check: dict) -> str | None:
    """Runs a check; what it answered otherwise than PostgreSQL, or None."""
    who = check.get("as") or {"role": "postgres"}
    claims = spelled(who["claims"]) if who.get("claims") is not None else ""
    wanted, then = check["expect"], check.get("then")
    script = ["BEGIN", f"SELECT set_config('request.jwt.claims', {quoted(claims)}, true)", "SAVEPOINT before_check"]
    script += [f'SET LOCAL ROLE "{who["role"]}"', as_rows(check["sql"])]
    if "error" in wanted:
        script.append("ROLLBACK TO before_check")
    if then:
        script += ["SET LOCAL ROLE postgres", as_rows(then["sql"])]
    script.append("ROLLBACK")
    body = {"sql": ";\n".join(script) + ";", "continue_on_error": True}
    answer = emulator.request("POST", "/_emulator/sql", body)
    if answer.status != 200:
        return f"HTTP {answer.status}: {answer.text[:400]}"
    statements = exact(answer.text)["statements"]
    if len(statements) != len(script):
        return f"{len(statements)} answers to {len(script)} statements: {answer.text[:400]}"
    given = outcome(statements[4] | {"asked": check["sql"]})
    if not agrees(wanted, given, check.get("unordered", False)):
        return f"expected {spelled(wanted)}\n    got      {spelled(given)}"
    if then:
        seen = outcome(statements[-2] | {"asked": then["sql"]})
        if spelled(seen.get("rows")) != spelled(then["rows"]):
            return f"then expected {spelled(then['rows'])}\n    then got      {spelled(seen)}"
    return None
