"""Adds up the JUnit reports of a test run and prints `N passed, N failed, N skipped` as the last line.

With CI=true a skipped test counts as failed, except one that needs Node, which the machines do not have,
or a namespace of the kernel's, which containers may forbid.
"""

import os
import sys
from pathlib import Path
from xml.etree import ElementTree

# In the reasons of tests that a machine may skip although it is strict.
EXCEPTED = ("node", "no namespace can be made here")


def cases(report: Path):
    """Yields (name, outcome, reason) for each test in a report."""
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        for outcome in ("failure", "error", "skipped"):
            if (mark := case.find(outcome)) is not None:
                yield name, outcome, mark.get("message") or mark.text or ""
                break
        else:
            yield name, "passed", ""


def main(folder: Path) -> int:
    strict = os.environ.get("CI") == "true"
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for status in sorted(folder.glob("*.status")):
        suite = status.stem
        code = int(status.read_text())
        found = {"passed": 0, "failed": 0, "skipped": 0}
        # Swift writes one report for XCTest and one for Swift Testing, beside each other.
        for report in sorted(folder.glob(f"{suite}*.xml")):
            try:
                outcomes = list(cases(report))
            except ElementTree.ParseError:
                continue
            for name, outcome, reason in outcomes:
                if outcome == "skipped" and strict and not any(word in reason.lower() for word in EXCEPTED):
                    print(f"skipped, which CI does not allow: {name}: {reason}")
                    outcome = "failure"
                found[outcome if outcome in found else "failed"] += 1
        if code != 0 and not found["failed"]:
            print(f"{suite}: exit status {code}")
            found["failed"] += 1
        elif code == 0 and not any(found.values()):
            found["passed"] += 1  # a suite without a report, such as lint
        print(f"{suite:<16} {found['passed']:>5} passed {found['failed']:>4} failed {found['skipped']:>4} skipped")
        for key, count in found.items():
            total[key] += count
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
