"""Runs the tour of README.md as it is printed there, and compares what each command says."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from emulator import REPOSITORY, Emulator, binary, clean_environment


def tour() -> list[tuple[str, str]]:
    """Commands and their output, from the `console` blocks."""
    text = (REPOSITORY / "README.md").read_text()
    steps = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            last = next(at for at, line in enumerate(lines) if not line.endswith("\\"))
            steps.append(("\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :]).strip()))
    return steps


def pattern(expected: str) -> re.Pattern:
    """The expected output, where `…` stands for anything."""
    return re.compile(".*?".join(map(re.escape, expected.split("…"))), re.DOTALL)


def test_the_tour_prints_what_the_readme_says(tmp_path):
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    # A copy, so that the tour may write beside the seed, and finds its emulator by the folder it stands in.
    for name in ("seed", "emulator.json"):
        source, target = REPOSITORY / name, tmp_path / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    state = tmp_path / ".emulator"
    steps = tour()
    assert len(steps) >= 8
    with Emulator("--config", "emulator.json", seed=Path("seed"), state=state, folder=tmp_path) as emulator:
        path = f"{Path(binary()).parent}:{os.environ['PATH']}"
        port, transcript = str(emulator.ready["port"]), []
        shell = subprocess.Popen(
            ["bash"],
            cwd=tmp_path,
            env=clean_environment(PATH=path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command, expected in steps:
            shell.stdin.write(f"{command.replace('54321', port)}\necho; echo __done__\n")
            shell.stdin.flush()
            lines = []
            while (line := shell.stdout.readline()) and line != "__done__\n":
                lines.append(line)
            said = "".join(lines).replace(port, "54321").strip()
            transcript.append(f"$ {command}\n{said}")
            assert pattern(expected).fullmatch(said), "\n".join(transcript)
        shell.stdin.close()
        shell.wait(10)
        shell.stdout.close()
