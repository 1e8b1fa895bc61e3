"""PostgreSQL 15 and the product answer thousands of generated requests alike, down to the text of errors."""

import sys

import pytest
from emulator import REPOSITORY
from oracle import Unavailable

sys.path.insert(0, str(REPOSITORY / "Tests/Differential"))

import compare
from strata import MINIMUM

# The share that is equal, of all cases and in each stratum. These only rise.
EQUAL, EQUAL_IN_EACH = 0.99, 0.97


@pytest.fixture(scope="module")
def report():
    try:
        report = compare.compare()
    except Unavailable as reason:
        pytest.skip(str(reason))
    print(f"\n{report.table()}")
    return report


def test_every_difference_is_known(report):
    assert not report.unlisted, "\n".join(map(str, report.unlisted))


def test_no_known_difference_is_stale(report):
    assert not report.stale, "\n".join(f"{entry.stratum}: {entry.name}" for entry in report.stale)


def test_there_is_enough_to_compare(report):
    for stratum, minimum in MINIMUM.items():
        assert report.count(stratum)["cases"] >= minimum, stratum
    counts = report.count()
    assert counts["errors"] >= counts["cases"] / 4


def test_nearly_everything_is_equal(report):
    counts = report.count()
    assert counts["equal"] >= EQUAL * counts["cases"], report.table()
    for stratum in MINIMUM:
        counts = report.count(stratum)
        assert counts["equal"] >= EQUAL_IN_EACH * counts["cases"], report.table()
