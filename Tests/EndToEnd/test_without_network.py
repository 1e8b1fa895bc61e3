"""What works on a machine without a network: in a namespace of its own, which has no route to anywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser import Missing, programs
from emulator import clean_environment


def namespace() -> list[str]:
    """The command that runs another without any network but its own loopback, and with mounts of its own."""
    for command in (["unshare", "--net", "--mount"], ["unshare", "--net", "--mount", "--map-root-user"]):
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("no namespace can be made here")


def hold(script: str, folder: Path, *arguments: str) -> None:
    """Runs a script there, which says so when everything in it held."""
    done = subprocess.run(
        [*namespace(), sys.executable, str(Path(__file__).with_name(script)), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env=clean_environment(ALTAN_EMULATOR_BINARY=os.environ.get("ALTAN_EMULATOR_BINARY", "")),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All held without a network." in done.stdout


def test_the_demo_of_billing(tmp_path):
    hold("without_network.py", tmp_path, "demo")


def test_a_person_who_pays_with_a_browser(tmp_path):
    try:
        programs()
    except Missing as reason:
        pytest.skip(str(reason))
    hold("without_network.py", tmp_path, "browser")


def test_a_host_that_is_allowed_is_called_and_recorded(tmp_path):
    """The host is there for the sake of the test alone: its name, its address and its certificate."""
    hold("allowed_network.py", tmp_path)
