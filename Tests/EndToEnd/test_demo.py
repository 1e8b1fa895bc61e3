"""`demo` plays the canonical workflow; `demo --break STEP` leaves a step out and shows that it is noticed."""

import re
import time

import pytest
from emulator import run


def steps(folder) -> list[str]:
    """The names that `--break` takes, from the command's own help."""
    shown = run("demo", "--help", folder=folder)
    assert shown.returncode == 0, shown.stderr
    names = re.search(r"\(values: ([^)]*)\)", re.sub(r"\s+", " ", shown.stdout))
    assert names, shown.stdout
    return names[1].split(", ")


def test_the_demo_succeeds_within_30_seconds(tmp_path):
    began = time.monotonic()
    done = run("demo", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < 30


def test_eight_steps_can_be_broken(tmp_path):
    assert len(steps(tmp_path)) == 8


@pytest.mark.parametrize("number", range(8))
def test_a_broken_step_is_noticed(number, tmp_path):
    step = steps(tmp_path)[number]
    done = run("demo", "--break", step, folder=tmp_path)
    assert done.returncode in (1, 4), done.stdout + done.stderr


def test_an_unknown_step_is_2(tmp_path):
    assert run("demo", "--break", "no-such-step", folder=tmp_path).returncode == 2
