"""Asks PostgreSQL 15 and the product the same, in the same order, and counts where they differ.

    compare.py [--seed N] [--only STRATUM] [--all] [--prune]

prints the table of counts and each difference that `differences.tsv` does not list (with --all every one); --prune takes
off the list what differs no more. The test of the suite is Tests/EndToEnd/test_differential.py. A line of the list is

    stratum TAB case TAB kind TAB reason

where the kind is `silent` (the product gives rows, and PostgreSQL other ones or an error) or `loud` (the product
refuses what PostgreSQL answers, or in other words).
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from case import Answer, Case
from emulator import Emulator
from oracle import Unavailable
from postgres import Postgres
from product import Product
from strata import MINIMUM, generate

LIST = Path(__file__).resolve().parent / "differences.tsv"


@dataclass(frozen=True)
class Outcome:
    case: Case
    ours: Answer
    theirs: Answer

    @property
    def equal(self) -> bool:
        return self.ours == self.theirs

    @property
    def kind(self) -> str:
        """How they differ."""
        return "silent" if self.ours.code is None else "loud"

    def __str__(self) -> str:
        return f"{self.kind} {self.case.stratum}: {self.case.name}\n  ours: {self.ours}\n  PostgreSQL: {self.theirs}"


@dataclass(frozen=True)
class Known:
    """An entry of the list of known differences."""

    stratum: str
    name: str
    kind: str
    reason: str


def known(path: Path = LIST) -> list[Known]:
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    entries = [Known(*line.split("\t")) for line in lines]
    assert all(entry.reason and entry.kind in ("silent", "loud") for entry in entries), "a kind and a reason each"
    return entries


@dataclass
class Report:
    outcomes: list[Outcome]
    known: list[Known]

    def __post_init__(self):
        listed = {(entry.stratum, entry.name, entry.kind) for entry in self.known}
        self.differing = [outcome for outcome in self.outcomes if not outcome.equal]
        self.unlisted = [outcome for outcome in self.differing if self._key(outcome) not in listed]
        differing = {self._key(outcome) for outcome in self.differing}
        self.stale = [entry for entry in self.known if (entry.stratum, entry.name, entry.kind) not in differing]

    @staticmethod
    def _key(outcome: Outcome) -> tuple[str, str, str]:
        return outcome.case.stratum, outcome.case.name, outcome.kind

    def count(self, stratum: str | None = None) -> Counter:
        """cases, errors (of PostgreSQL's), equal, listed and silent; of all strata where none is named."""
        counts = Counter()
        unlisted = set(map(self._key, self.unlisted))
        for outcome in self.outcomes:
            if stratum in (None, outcome.case.stratum):
                counts["cases"] += 1
                counts["errors"] += outcome.theirs.code is not None
                counts["equal"] += outcome.equal
                counts["listed"] += not outcome.equal and self._key(outcome) not in unlisted
                counts["silent"] += not outcome.equal and outcome.kind == "silent"
        return counts

    def table(self) -> str:
        columns = ["cases", "errors", "equal", "listed", "silent"]
        lines = [f"{'':<14}" + "".join(f"{column:>8}" for column in columns) + f"{'%':>8}"]
        for stratum in [*MINIMUM, None]:
            counts = self.count(stratum)
            share = 100 * counts["equal"] / max(counts["cases"], 1)
            lines.append(f"{stratum or 'all':<14}" + "".join(f"{counts[c]:>8}" for c in columns) + f"{share:>8.2f}")
        return "\n".join(lines)


def compare(seed: int = 1, only: str | None = None) -> Report:
    """The report of a run; `Unavailable` where PostgreSQL is not installed."""
    postgres = Postgres()
    try:
        cases = [case for case in generate(seed, postgres.ask) if only in (None, case.stratum)]
        with Emulator() as emulator, ThreadPoolExecutor(1) as beside:
            theirs = beside.submit(lambda: [postgres.ask(case.sql) for case in cases])
            product = Product(emulator)
            ours = [product.ask(case.sql) for case in cases]
            outcomes = [Outcome(*each) for each in zip(cases, ours, theirs.result(), strict=True)]
    finally:
        postgres.stop()
    entries = [entry for entry in known() if only in (None, entry.stratum)]
    return Report(outcomes, entries)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="STRATUM", choices=MINIMUM)
    parser.add_argument("--all", action="store_true", help="print listed differences too")
    parser.add_argument("--prune", action="store_true", help="take what differs no more off the list")
    options = parser.parse_args()
    try:
        report = compare(options.seed, options.only)
    except Unavailable as reason:
        print(f"nothing is compared: {reason}")
        return 0
    for outcome in report.differing if options.all else report.unlisted:
        print(outcome)
    for entry in report.stale:
        print(f"listed, but equal or gone: {entry.stratum}: {entry.name}")
    if options.prune:
        prune(report.stale)
    print(report.table())
    return 1 if report.unlisted or report.stale else 0


def prune(stale: list[Known], path: Path = LIST) -> None:
    gone = {"\t".join((entry.stratum, entry.name, entry.kind, entry.reason)) for entry in stale}
    lines = path.read_text("utf-8").splitlines()
    path.write_text("".join(f"{line}\n" for line in lines if line not in gone), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
