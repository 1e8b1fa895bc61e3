"""Scripted agents, as data in transcripts/: for each rule those that break it and those that keep it.

Each is played twice. Where rules warn, every step is done and the report names the call that broke the rule. Where they
block, that call is refused with nothing done, and the agent goes on from what the refusal says.
"""

import json
from pathlib import Path

import pytest
from emulator import Emulator

FOLDER = Path(__file__).parent / "transcripts"


def transcripts():
    for file in sorted(FOLDER.glob("*.json")):
        content = json.loads(file.read_text())
        for breaks in (True, False):
            for transcript in content["breaks" if breaks else "keeps"]:
                rule = transcript.get("rule", file.stem)
                yield pytest.param(content, transcript, rule, breaks, id=f"{file.stem}: {transcript['name']}")


@pytest.fixture(scope="module")
def emulators(tmp_path_factory):
    """One emulator for each configuration that a transcript asks for."""
    running = {}

    def emulator(content, severity):
        key = json.dumps([content.get("settings"), content.get("user"), severity])
        if key not in running:
            folder = tmp_path_factory.mktemp("rules")
            rules = dict(content.get("settings", {}))
            if "user" in content:
                rules["user"] = "user.json"
                (folder / "user.json").write_text(json.dumps(content["user"]))
            if severity == "warn":
                rules["secrets_before_deploy"] = "warn"
            (folder / "emulator.json").write_text(json.dumps({"rules": rules}))
            running[key] = Emulator("--config", str(folder / "emulator.json"))
        return running[key]

    yield emulator
    for one in running.values():
        one.stop()


class Player:
    """Plays the steps of a transcript in a run of its own."""

    def __init__(self, emulator):
        self.emulator, self.calls, self.asked = emulator, 0, None
        emulator.reset()
        emulator.request("POST", "/_emulator/clock", {"freeze": False})
        self.run = emulator.request("POST", "/_emulator/runs", {"name": "transcript"}).json()["run"]

    def tool(self, name, arguments):
        self.calls += 1
        return self.emulator.request("POST", f"/tools/{name}", arguments, timeout=120)

    def play(self, step):
        """The answer of a step; None for what is no call of the agent's."""
        if "tool" in step:
            answer = self.tool(step["tool"], step.get("arguments", {}))
            if step["tool"] == "create_authorization_request" and answer.status == 200:
                self.asked = answer.json()["id"]
            return answer
        if "deploy" in step:
            arguments = {
                "service_name": step["deploy"],
                "description": "A service",
                "code": "\n".join(step["code"]) + "\n",
                "requirements": step["requirements"],
            }
            return self.tool("update_service" if step.get("update") else "create_service", arguments)
        if "fetch" in step:
            return self.tool("get_authorization_request", {"id": self.asked})
        if "answer" in step:
            body = {"provided_secrets": step["answer"]}
            answer = self.emulator.request("PATCH", f"/authorization-request/{self.asked}/complete", body)
            assert answer.status == 200, answer.text
        elif "reject" in step:
            answer = self.emulator.request("PATCH", f"/authorization-request/{self.asked}/reject", {})
            assert answer.status == 200, answer.text
        elif "advance" in step:
            self.emulator.request("POST", "/_emulator/clock", {"advance_seconds": step["advance"]})
        elif "call" in step:
            method, path = step["call"].split(" ", 1)
            answer = self.emulator.request(method, f"/services/api/{path}", step.get("body"))
            assert answer.status == step["status"], answer.text
        return None

    def report(self):
        return self.emulator.get(f"/_emulator/report?run={self.run}").json()

    def lines(self):
        return self.emulator.get(f"/_emulator/journal?run={self.run}&limit=100000").json()


def verdict(report, rule):
    return next(one for one in report["rules"] if one["name"] == rule)


def names_the_call(finding, lines, call, step) -> bool:
    """Whether the finding points to the agent's call of that number, or to what it brought about."""
    line = next(one for one in lines if one["sequence"] == finding["call"]["line"])
    if "line" in step:
        return line.get("state") == step["line"]
    tool = [one for one in lines if one["kind"] == "tool"][call - 1]
    by_id = {one["request_id"]: one for one in lines if "request_id" in one}
    while line.get("request_id") != tool["request_id"] and line.get("cause") != tool["request_id"]:
        if (line := by_id.get(line.get("cause"))) is None:
            return False
    return True


@pytest.mark.parametrize(("content", "transcript", "rule", "breaks"), list(transcripts()))
def test_the_report_names_the_call(content, transcript, rule, breaks, emulators):
    player = Player(emulators(content, "warn"))
    offences = []
    for step in transcript["steps"]:
        answer = player.play(step)
        if step.get("offends"):
            offences.append((player.calls, step))
        if answer is not None and not ("fails" in step or "refused" in step):
            assert answer.status == 200, answer.text
    found = verdict(player.report(), rule)
    assert found["outcome"] == ("broken" if breaks else "held"), found
    lines = player.lines()
    for call, step in offences:
        assert any(names_the_call(finding, lines, call, step) for finding in found["findings"]), found
    if "names" in transcript:
        assert any(transcript["names"] in finding["message"] for finding in found["findings"]), found
    for finding in found["findings"]:
        assert any(names_the_call(finding, lines, call, step) for call, step in offences), finding


@pytest.mark.parametrize(("content", "transcript", "rule", "breaks"), list(transcripts()))
def test_what_blocks_refuses_and_the_agent_goes_on(content, transcript, rule, breaks, emulators, tmp_path):
    emulator = emulators(content | {"settings": content.get("settings", {}) | blocking(content, rule)}, "block")
    player = Player(emulator)
    for step in transcript["steps"]:
        before = state(emulator)
        answer = player.play(step)
        if step.get("offends") and not transcript.get("at_end"):
            assert answer.status == 422, answer.text
            refusal = answer.json()
            expected = {"secrets_before_deploy": "missing_secrets"}.get(rule, "rule_broken")
            assert refusal["code"] == step.get("refused", expected), refusal
            if "refused" not in step:
                assert refusal["rule"] == rule
            assert refusal["detail"]
            assert refusal["next_step"]
            assert state(emulator) == before
        elif answer is not None and "fails" not in step:
            assert answer.status == 200, answer.text
    report = player.report()
    found = verdict(report, rule)
    assert (found["severity"], found["outcome"]) == ("block", "broken" if breaks else "held"), found
    assert report["passed"] is not breaks


def blocking(content, rule):
    """Settings in which this rule alone blocks."""
    if "user" in content:
        return {rule: "block"}
    limit = content.get("settings", {}).get(rule)
    return {rule: "block" if limit is None else {"severity": "block", "limit": limit}} | (
        {} if rule == "secrets_before_deploy" else {"secrets_before_deploy": "warn"}
    )


def state(emulator):
    cloud = emulator.ready["cloud_id"]
    paths = (f"/v1/instances/{cloud}/services/services", f"/v1/instances/{cloud}/services/secrets")
    return [emulator.get(path).json() for path in (*paths, "/authorization-request")]


def test_every_rule_has_transcripts(emulators):
    report = emulators({}, "warn").get("/_emulator/report").json()
    named = {one["name"] for one in report["rules"]}
    told = {file.stem for file in FOLDER.glob("*.json")}
    assert named <= told
    assert sum(1 for _ in transcripts()) >= 30
