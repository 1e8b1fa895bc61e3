"""Real-looking Supabase projects, loaded as a developer would and asked what PostgreSQL was asked.

Some lie in `seeds/projects`, more in the folder that ALTAN_PROJECTS names. `projects_expected.txt` lists the checks that
are known to fail, each with its reason; one that passes has to be taken off the list.
"""

import os
from pathlib import Path

import projects
import pytest
from emulator import SEEDS, Emulator

FOLDER = os.environ.get("ALTAN_PROJECTS")
OWN = projects.projects(SEEDS / "projects")
FOUND = projects.projects(Path(FOLDER)) if FOLDER else []
LIST = Path(__file__).parent / "projects_expected.txt"


def expected_failures() -> dict[str, str]:
    """`project/check: reason` a line."""
    lines = LIST.read_text("utf-8").splitlines()
    entries = [line.partition(": ") for line in lines if line.strip() and not line.startswith("#")]
    assert all(reason for _, _, reason in entries), "every expected failure has a reason"
    return {check: reason for check, _, reason in entries}


@pytest.mark.parametrize("project", OWN + FOUND, ids=lambda folder: folder.name)
def test_project_answers_as_postgres(project):
    expected = {check for check in expected_failures() if check.startswith(f"{project.name}/")}
    listed = projects.checks(project)
    with Emulator(seed=project) as emulator:
        outcomes = {f"{project.name}/{check['id']}": projects.difference(emulator, check) for check in listed}
    failed = {check: reason for check, reason in outcomes.items() if reason}
    wrong = [f"{check}:\n    {failed[check]}" for check in failed.keys() - expected]
    assert not wrong, f"{len(wrong)} of {len(listed)} differ\n" + "\n".join(sorted(wrong))
    assert not expected - failed.keys(), "listed as failing, but pass or do not exist"


@pytest.mark.skipif(not FOUND, reason="ALTAN_PROJECTS is not set")
def test_nearly_every_check_passes():
    total = sum(len(projects.checks(project)) for project in FOUND)
    assert total >= 1
    assert len(expected_failures()) <= total / 100
