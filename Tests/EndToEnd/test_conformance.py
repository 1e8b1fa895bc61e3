"""Replays conformance cases that lie beside the repository and records how many pass in .build/conformance.json.

The number is the result: what is not implemented yet answers with an error, so a lower number is no failure here.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from emulator import REPOSITORY, Emulator, run

RECORD = REPOSITORY / ".build/conformance.json"


def beside(variable: str) -> Path:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{variable} is not set")
    return Path(folder)


def record(suite: str, facts: dict) -> None:
    known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    RECORD.write_text(json.dumps(known | {suite: facts}, indent=1) + "\n")


def test_postgrest_cases(tmp_path, capfd):
    cases = beside("ALTAN_POSTGREST_CASES")
    config = tmp_path / "emulator.json"
    config.write_text(json.dumps({"postgrest": {"api-key": "optional", "db-schemas": "test"}}))
    with Emulator("--config", str(config)) as emulator:
        refused = 0
        for name in ("roles.sql", "dump.sql"):
            file = cases / "fixtures" / name
            loaded = run(
                "sql",
                "-f",
                str(file),
                "--continue-on-error",
                "--mark",
                "--url",
                emulator.base,
                folder=tmp_path,
                timeout=300,
            )
            refused += sum(name in line for line in loaded.stderr.splitlines())
        report = tmp_path / "report.json"
        command = [sys.executable, str(cases / "run.py"), f"{emulator.base}/rest/v1", "--json", str(report)]
        command += [
            "--reset-url",
            f"{emulator.base}/_emulator/reset",
            "--config-url",
            f"{emulator.base}/_emulator/postgrest",
        ]
        command += ["--config-extra", '{"api-key": "optional"}']
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert report.exists(), done.stdout + done.stderr
        assert emulator.process.poll() is None
        assert emulator.get("/_emulator/ready").status == 200
    result = json.loads(report.read_text())
    wrong = [case["id"] for case in result["results"] if "500" in str(case.get("got", {}).get("status"))]
    facts = {key: result[key] for key in ("pass", "fail", "skip", "per_file")} | {
        "statements_refused": refused,
        "answered_500": wrong,
    }
    record("postgrest", facts)
    with capfd.disabled():
        print(
            f"\nPostgREST cases: {facts['pass']} of {facts['pass'] + facts['fail']} pass, {refused} statements of the fixtures refused"
        )


def test_mcp_checks(capfd, tmp_path):
    checks = beside("ALTAN_MCP_CHECKS")
    parameters = tmp_path / "parameters.json"
    with Emulator() as emulator:
        cloud = {"cloud_id": emulator.ready["cloud_id"]}
        named = {"name": "list_secrets", "arguments": cloud, "name_base64": "bGlzdF9zZWNyZXRz"}
        wrong = {"name": "upsert_secret", "arguments": {"key": 1}}
        parameters.write_text(json.dumps({"tool": named, "invalid_arguments": wrong}))
        command = [
            sys.executable,
            str(checks / "run_checks.py"),
            "--url",
            emulator.ready["mcp_url"],
            "--params",
            str(parameters),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert emulator.process.poll() is None
    counts = re.findall(r"(\d+) passed, (\d+) failed, (\d+) skipped", done.stdout)
    assert counts, done.stdout[-2000:] + done.stderr[-2000:]
    passed, failed, skipped = map(int, counts[-1])
    record("mcp", {"pass": passed, "fail": failed, "skip": skipped})
    with capfd.disabled():
        print(f"\nMCP checks: {passed} passed, {failed} failed, {skipped} skipped")
