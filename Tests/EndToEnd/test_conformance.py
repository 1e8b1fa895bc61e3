"""Replays conformance cases that lie beside the repository and records how many pass in .build/conformance.json.

PostgREST's cases that fail are listed with the reason of each in Tests/Conformance/postgrest/expected-failures.json.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from emulator import REPOSITORY, Emulator, binary, run

RECORD = REPOSITORY / ".build/conformance.json"
EXPECTED = json.loads((REPOSITORY / "Tests/Conformance/postgrest/expected-failures.json").read_text())


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
    failed = {case["id"]: case["why"] for case in result["results"] if case["result"] == "fail"}
    assert not (failed.keys() - EXPECTED.keys()), {case: failed[case] for case in failed.keys() - EXPECTED.keys()}
    assert not (EXPECTED.keys() - failed.keys()), "these pass now: take them from expected-failures.json"
    assert facts["pass"] >= 0.98 * (facts["pass"] + facts["fail"])


# What the server leaves out, and says so, or has no use for: checks of it do not apply.
NOT_OFFERED = {
    "server issues no session id", "server does not declare resources.subscribe", "server does not declare logging",
    "server does not declare tools.listChanged", "server does not declare prompts.listChanged",
}  # fmt: skip
# Kinds of tools, prompts and resources that there are none of: ones that ask by forms, sample, or give pictures.
NONE_OF_THE_KIND = {
    f"params file gives no {kind}"
    for kind in (
        "form_tool", "logging_tool", "image_tool", "audio_tool", "embedded_tool", "mixed_tool", "binary_resource",
        "embedded_prompt", "image_prompt", "header_tool", "sampling_tool", "defaults_tool", "enums_tool",
        "capability_tool", "rounds_tool", "multi_tool", "input_prompt", "sampling_input_tool", "roots_input_tool",
    )
}  # fmt: skip
# Checks of servers without what this one has.
OFFERED = {f"server declares {what}" for what in ("completions", "prompts", "tools", "resources")}


@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_mcp_checks(transport, board, tmp_path, capfd):
    """Every check of the protocol, in every revision; the server under test is the seeded task board."""
    checks = beside("ALTAN_MCP_CHECKS")
    params = json.loads((REPOSITORY / "Tests/EndToEnd/mcp_params.json").read_text())
    exported = json.loads(run("tools", "export", "--format", "mcp", folder=tmp_path).stdout)["tools"]
    tool = params["structured_tool"]
    tool["outputSchema"] = next(one["outputSchema"] for one in exported if one["name"] == tool["name"])
    (tmp_path / "params.json").write_text(json.dumps(params))
    report = tmp_path / "report.json"
    command = [sys.executable, str(checks / "run_checks.py"), "--params", str(tmp_path / "params.json")]
    command += ["--report", str(report)]
    if transport == "http":
        command += ["--url", board.ready["mcp_url"]]
    else:
        command += ["--stdio", "--", binary(), "mcp", "--url", board.base]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert report.exists(), done.stdout + done.stderr
    outcomes = json.loads(report.read_text())
    counts = {state: sum(one["outcome"] == state for one in outcomes) for state in ("pass", "fail", "skip")}
    record(f"mcp-{transport}", counts)
    with capfd.disabled():
        print(f"\nMCP over {transport}: {counts}")
    assert "schema validation: off" not in done.stdout
    assert counts["pass"] > 300
    failed = [one for one in outcomes if one["outcome"] == "fail"]
    assert not failed, "\n".join(f"{one['id']} {one['revision']} {one['reasons']}" for one in failed)
    reasons = {reason for one in outcomes if one["outcome"] == "skip" for reason in one["reasons"]}
    # Completions came with 2025-03-26.
    before = {one["revision"] for one in outcomes if one["reasons"] == ["server does not declare completions"]}
    assert before <= {"2024-11-05"}
    assert reasons - {"server does not declare completions"} <= NOT_OFFERED | NONE_OF_THE_KIND | OFFERED
