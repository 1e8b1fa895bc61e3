"""Some of what `make fuzz` sends: nonsense that must be refused in words, and writes that must not go too far."""

import sys

import pytest
from emulator import REPOSITORY
from oracle import Unavailable

sys.path.insert(0, str(REPOSITORY / "Tests/Benchmarks"))

import fuzz
import overreach
import sqltexts


def test_nonsense_is_refused_in_words():
    findings, statuses = fuzz.fuzz(seed=7, requests=5000, tools=0)
    assert not findings.seen
    # The grammar gets past the parser, and not always.
    assert statuses[200] > 500 and statuses[400] > 500 and statuses[404] > 50


def test_no_write_touches_what_postgresql_would_not():
    try:
        findings, judge = overreach.compare(seed=7, count=3000)
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert not findings, "\n".join(findings)
    assert judge.compared > 1000 and judge.failed > 500


def test_no_sql_text_breaks_a_database():
    run = sqltexts.fuzz(seed=7, count=5000)
    assert not run.findings.seen
    # The mutations get past the parser, and not always.
    assert run.codes["00000"] > 1000 and run.codes["42601"] > 500
