"""The table of the platform's contract: each row with its source, whether it is emulated, and the tests that name it.

`python contract_table.py` rewrites Tests/Conformance/altan-cloud/README.md; test_contract_table.py fails when it is
stale. Rows are in rows.json, the tests say themselves which rows they are about: `@pytest.mark.row("services.list")`.
"""

import ast
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "Conformance" / "altan-cloud"
TABLE = FOLDER / "README.md"

MARKS = {"F": "sources", "I": "inference"}
HEADER = """\
# What of Altan Cloud is emulated

Made by `Tests/EndToEnd/contract_table.py` from `rows.json` and the tests' marks; do not edit. *Known from* says whether
a row was read in the platform's public sources or inferred from them. *501* is refused by name."""


def rows() -> list[dict]:
    return json.loads((FOLDER / "rows.json").read_text("utf-8"))


def tests_by_row() -> dict[str, list[str]]:
    """Row → names of the tests that are marked with it, as `file::test`."""
    found: dict[str, list[str]] = {}
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in _marks(node):
                    found.setdefault(row, []).append(f"{file.stem}::{node.name}")
    return found


def _marks(function: ast.FunctionDef) -> list[str]:
    return [
        argument.value
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.row"
        for argument in decorator.args
        if isinstance(argument, ast.Constant)
    ]


def table() -> str:
    tests, lines, section = tests_by_row(), [HEADER], None
    for row in rows():
        if row["section"] != section:
            section = row["section"]
            lines += ["", f"## {section}", "", "| row | known from | here | tests |", "| --- | --- | --- | --- |"]
        named = "<br>".join(f"`{name}`" for name in tests.get(row["id"], []))
        here = row["status"] + (f" ({row['note']})" if row["note"] else "")
        lines.append(f"| {row['what']} | {MARKS[row['mark']]} | {here} | {named} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
