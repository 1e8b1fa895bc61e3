"""The table of PostgREST's features: what of each is emulated, and the cases and tests that show it.

`python feature_table.py` rewrites Tests/Conformance/postgrest/README.md; test_feature_table.py fails when it is stale,
when a feature shows nothing, or when what it shows does not exist. Evidence in features.json is a file of cases
(`calls.http`), one case of it (`calls.http: void has no body`), or a test (`test_fuzz::test_nonsense…`).
"""

import ast
import json
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "Conformance" / "postgrest"
CASES = HERE.parent / "PostgRESTTests" / "Cases"
TABLE = FOLDER / "README.md"

HEADER = """\
# What of PostgREST v16.2 is emulated

Made by `Tests/EndToEnd/feature_table.py` from `features.json`; do not edit. What shows a feature is run by `make test`:
cases in [`Tests/PostgRESTTests/Cases`](../../PostgRESTTests/Cases), and tests of the binary in
[`Tests/EndToEnd`](../../EndToEnd). What is not emulated is refused by name (501, or the code that PostgREST has for it).
PostgREST's own specification is replayed as well, where its cases lie beside the repository; those that fail, and why,
are in [`expected-failures.json`](expected-failures.json)."""


def sections() -> list[dict]:
    return json.loads((FOLDER / "features.json").read_text("utf-8"))


def features() -> list[dict]:
    return [feature for section in sections() for feature in section["features"]]


def cases() -> dict[str, list[str]]:
    """File → the names of its cases."""
    return {
        file.name: re.findall(r"^### (.+)$", file.read_text("utf-8"), re.MULTILINE) for file in CASES.glob("*.http")
    }


def tests() -> set[str]:
    """Every test of the binary, as `file::test`."""
    found = set()
    for file in HERE.glob("test_*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        found |= {f"{file.stem}::{function.name}" for function in functions if function.name.startswith("test_")}
    return found


def exists(evidence: str) -> bool:
    file, _, case = evidence.partition(": ")
    if file.endswith(".http"):
        known = cases().get(file, [])
        return bool(known) and (not case or case in known)
    return evidence in tests()


def shown(evidence: str) -> str:
    count = cases().get(evidence)
    return f"`{evidence}` ({len(count)} cases)" if count else f"`{evidence}`"


def table() -> str:
    lines = [HEADER]
    for section in sections():
        lines += ["", f"## {section['section']}", "", "| feature | here | shown by |", "| --- | --- | --- |"]
        for feature in section["features"]:
            here = feature["status"] + (f": {feature['note']}" if feature.get("note") else "")
            lines.append(f"| {feature['what']} | {here} | {'<br>'.join(map(shown, feature['evidence']))} |")
    counts = {state: sum(one["status"] == state for one in features()) for state in ("supported", "partial", "not")}
    lines += ["", f"{counts['supported']} supported, {counts['partial']} in part, {counts['not']} not."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
