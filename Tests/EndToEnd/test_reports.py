"""Reports on runs, the journal and states, as commands and CI see them."""

import json
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from emulator import Emulator, clean_environment, request, run

PING = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/ping')\ndef ping(): return 'pong'\n"

# An agent without a model: the workflow for a service without secrets.
AGENT = """
import json, os, sys, urllib.request
base = os.environ["ALTAN_BASE_URL"]
def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    try:
        return json.load(urllib.request.urlopen(asked))
    except urllib.error.HTTPError as error:
        return json.load(error)
def tool(name, **arguments): return ask("POST", "/tools/" + name, arguments)
code = "from fastapi import APIRouter\\nrouter = APIRouter()\\n@router.get('/ping')\\ndef ping(): return 'pong'\\n"
"""
GOOD = """
tool("get_project")
tool("get_cloud")
tool("create_service", service_name="ping", code=code, description="d", requirements=[])
assert ask("GET", "/services/api/ping/ping") == "pong"
"""


def execute(folder, script, *options, **environment):
    return run(
        "exec", *options, "--", sys.executable, "-c", AGENT + script,
        folder=folder, timeout=120, environment=clean_environment(**environment),
    )  # fmt: skip


def cases(file):
    return {one.get("name"): one for one in ElementTree.parse(file).getroot().iter("testcase")}


# exec


def test_a_good_run_is_reported_in_every_format(tmp_path):
    reports = ["junit.xml", "report.md", "report.json", "report.txt"]
    options = [part for name in reports for part in ("--report", name)]
    done = execute(tmp_path, GOOD, "--strict-rules", *options)
    assert done.returncode == 0, done.stderr
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert {"project_first", "1. Get project", "GET /api/ping/ping"} <= cases(tmp_path / "junit.xml").keys()
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["passed"] is True
    assert {step["title"]: step["outcome"] for step in report["workflow"]}["Test every endpoint"] == "passed"
    (service,) = report["endpoints"]
    assert service["endpoints"][0] | {"calls": 1, "successes": 1, "covered": True} == service["endpoints"][0]
    assert "| ✅ | 1. Get project |" in (tmp_path / "report.md").read_text()
    assert "1. Get project" in (tmp_path / "report.txt").read_text()


def test_a_rule_that_blocks_makes_a_good_exit_4(tmp_path):
    done = execute(tmp_path, "tool('get_cloud')\n" + GOOD, "--strict-rules", "--report", "junit.xml")
    assert done.returncode == 4, done.stderr
    assert "project_first" in done.stderr
    failure = cases(tmp_path / "junit.xml")["project_first"].find("failure")
    assert "get_cloud was called before get_project" in failure.text


def test_it_is_4_without_a_report_too(tmp_path):
    assert execute(tmp_path, "tool('get_cloud')", "--strict-rules").returncode == 4


def test_what_warns_is_reported_and_passes(tmp_path):
    done = execute(tmp_path, "tool('get_cloud')\n" + GOOD, "--report", "junit.xml")
    assert done.returncode == 0, done.stderr
    case = cases(tmp_path / "junit.xml")["project_first"]
    assert case.find("failure") is None
    assert "get_cloud" in case.find("system-out").text


@pytest.mark.parametrize(
    ("end", "code"), [("sys.exit(3)", 3), ("os.kill(os.getpid(), 9)", 137), ("os.kill(os.getpid(), 15)", 143)]
)
def test_a_command_that_dies_is_reported_on(end, code, tmp_path):
    done = execute(tmp_path, f"tool('get_project')\n{end}", "--strict-rules", "--report", "junit.xml")
    assert done.returncode == code, done.stderr
    assert "project_first" in cases(tmp_path / "junit.xml")


def test_an_emulator_that_dies_leaves_a_report_that_says_so(tmp_path):
    kill = "import re, signal, subprocess\nos.kill(int(subprocess.check_output(['ps', '-o', 'pid=', '--ppid', str(os.getppid()), '--sort', 'pid'], text=True).split()[0]), signal.SIGKILL)\nimport time; time.sleep(1)"
    done = execute(tmp_path, kill, "--report", "junit.xml")
    assert done.returncode == 1, done.stderr
    assert "ended before" in cases(tmp_path / "junit.xml")["report"].find("error").get("message")


def test_github_gets_annotations_and_a_summary(tmp_path):
    summary = tmp_path / "summary.md"
    done = execute(
        tmp_path, "tool('get_cloud')\n" + GOOD, "--strict-rules",
        GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary),
    )  # fmt: skip
    assert done.returncode == 4
    assert "::error title=altan-emulator%3A project_first::" in done.stderr
    assert "project_first" in summary.read_text()


def test_gitlab_gets_a_section(tmp_path):
    done = execute(tmp_path, "tool('get_cloud')", "--strict-rules", GITLAB_CI="true")
    assert "section_start:0:altan_emulator_rules" in done.stderr
    assert "project_first" in done.stderr


# Rules of the user's in Python

RULES = '''
def rule_logs_are_read(lines):
    """Logs are read after a deployment."""
    deployed = [line for line in lines if line["kind"] == "deployment"]
    if deployed and not any(line.get("path") == "get_service_logs" for line in lines):
        return [("no logs were read", deployed[0])]
rule_logs_are_read.severity = "block"

def rule_that_fails(lines):
    return lines[0]["nowhere"]

def rule_that_holds(lines):
    print("printing harms nobody")
'''


def test_rules_in_python_judge_the_journal(tmp_path):
    (tmp_path / "rules.py").write_text(RULES)
    (tmp_path / "emulator.json").write_text('{"rules": {"user": "rules.py"}}')
    done = execute(tmp_path, GOOD, "--report", "report.json")
    assert done.returncode == 4, done.stderr
    rules = {one["name"]: one for one in json.loads((tmp_path / "report.json").read_text())["rules"]}
    assert rules["logs_are_read"]["findings"][0]["call"]["kind"] == "deployment"
    assert rules["logs_are_read"]["description"] == "Logs are read after a deployment."
    assert "KeyError" in rules["that_fails"]["error"]
    assert rules["that_holds"]["outcome"] == "held"


@pytest.mark.parametrize("script", ["import os; os._exit(9)", "1 / 0", "def rule_a(: pass", "rule_a = 3"])
def test_rules_in_python_harm_only_themselves(script, tmp_path):
    (tmp_path / "rules.py").write_text(script)
    (tmp_path / "emulator.json").write_text('{"rules": {"user": "rules.py"}}')
    done = execute(tmp_path, GOOD, "--report", "report.json")
    assert done.returncode == (0 if script == "rule_a = 3" else 4), done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["workflow"][0]["outcome"] == "passed"


@pytest.mark.parametrize(
    "rules", [{"nonsense": "warn"}, {"naming": "loud"}, {"user": "missing.json"}, {"naming": 3}, "block"]
)
def test_settings_that_mean_nothing_stop_the_start(rules, tmp_path):
    (tmp_path / "emulator.json").write_text(json.dumps({"rules": rules}))
    done = run("exec", "--", "true", folder=tmp_path)
    assert done.returncode == 3
    assert "rules" in done.stderr


# Runs and the journal


@pytest.fixture(scope="module")
def emulator():
    with Emulator() as one:
        yield one


def play(base, run_name=None):
    headers = {"X-Altan-Run": run_name} if run_name else {}
    for name, arguments in [
        ("get_project", {}),
        ("create_authorization_request", {"custom_secrets": ["MAIL_KEY"]}),
        ("create_service", {"service_name": "ping", "code": PING, "description": "d", "requirements": []}),
        ("execute_sql", {"query": "create table if not exists played (id uuid primary key, at timestamptz)"}),
    ]:
        request(base, "POST", f"/tools/{name}", arguments, headers, timeout=120)
    request(base, "GET", "/services/api/ping/ping", headers=headers)


def test_a_caller_names_its_run(emulator):
    play(emulator.base, "mine")
    play(emulator.base, "theirs")
    lines = emulator.get("/_emulator/journal?run=mine").json()
    assert lines[0] | {"kind": "run", "name": "mine"} == lines[0]
    assert [one["path"] for one in lines if one["kind"] == "tool"] == [
        "get_project", "create_authorization_request", "create_service", "execute_sql",
    ]  # fmt: skip
    report = emulator.get("/_emulator/report?run=mine").json()
    (pending,) = [one for one in report["rules"] if one["name"] == "no_deploy_while_pending"]
    assert pending["outcome"] == "broken"
    assert report["secrets"] == {"requested": ["MAIL_KEY"], "stored": [], "used": []}


def test_causes_lead_back_to_the_call(emulator):
    play(emulator.base, "caused")
    lines = emulator.get("/_emulator/journal?run=caused").json()
    calls = {one["path"]: one["request_id"] for one in lines if one["kind"] == "tool"}
    causes = {one["kind"]: one["cause"] for one in lines if "cause" in one}
    assert causes["deployment"] == calls["create_service"]
    assert causes["authorization"] == calls["create_authorization_request"]


CAUSES = """
import os, urllib.request
from fastapi import APIRouter
from supabase import create_client
router = APIRouter()
db = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_KEY"])

@router.post("/{way}")
def write(way: str):
    if way == "supabase":
        db.table("caused").insert({"way": way}).execute()
    else:
        url, key = os.environ["SUPABASE_URL"] + "/rest/v1/caused", os.environ["SUPABASE_KEY"]
        headers = {"apikey": key, "Authorization": "Bearer " + key, "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url, b'{"way": "urllib"}', headers)).read()
    return way

@router.post("/async/write")
async def write_async():
    import httpx
    key = os.environ["SUPABASE_KEY"]
    async with httpx.AsyncClient(headers={"apikey": key, "Authorization": "Bearer " + key}) as client:
        answer = await client.post(os.environ["SUPABASE_URL"] + "/rest/v1/caused", json={"way": "async"})
    return answer.status_code
"""


@pytest.mark.parametrize("way", ["supabase", "urllib", "async/write"])
def test_what_a_service_writes_names_the_call_that_led_to_it(way, emulator):
    emulator.sql("create table if not exists caused (id integer generated always as identity, way text)")
    if emulator.request("POST", "/services/api/causes/none").status == 404:
        answer = emulator.deploy("causes", CAUSES, ["supabase"])
        assert answer.status == 200, answer.text
    name = f"causes-{way}"
    answer = emulator.request("POST", f"/services/api/causes/{way}", headers={"X-Altan-Run": name})
    assert answer.status == 200, answer.text
    lines = emulator.get(f"/_emulator/journal?run={name}").json()
    (rest,) = [line for line in lines if line["kind"] == "rest"]
    (call,) = [line for line in lines if line["kind"] == "service"]
    assert rest["cause"] == call["request_id"]


def test_writes_are_journaled_with_their_bodies(emulator):
    emulator.sql("create table if not exists written (id integer primary key, secret text)")
    emulator.tool("upsert_secret", key="CANARY", value="canary-value-17")
    headers = {"X-Altan-Run": "written"}
    emulator.rest("POST", "/written?select=id", {"id": 1, "secret": "canary-value-17"}, headers=headers)
    body = {"key": "OTHER_KEY", "value": "canary-value-18"}
    cloud = emulator.ready["cloud_id"]
    emulator.request("POST", f"/v1/instances/{cloud}/services/secrets", body, headers)
    run_, rest, secret, control = emulator.get("/_emulator/journal?run=written").json()
    assert (rest["kind"], rest["query"], rest["status"], rest["request"]["id"]) == ("rest", "select=id", 201, 1)
    assert (secret["kind"], secret["state"], secret["keys"]) == ("secret", "stored", ["OTHER_KEY"])
    assert (control["kind"], control["method"], control["request"]["key"]) == ("control", "POST", "OTHER_KEY")
    assert secret["cause"] == control["request_id"]
    everything = json.dumps([run_, rest, secret, control])
    assert "canary-value" not in everything


@pytest.mark.parametrize(("extent", "count"), [("full", 1), ("writes", 0)])
def test_reads_are_journaled_where_that_is_asked_for(extent, count, tmp_path):
    (tmp_path / "emulator.json").write_text(json.dumps({"journal": extent}))
    with Emulator("--config", str(tmp_path / "emulator.json")) as one:
        one.sql("create table t (id integer primary key)")
        assert one.rest("GET", "/t").json() == []
        lines = one.get("/_emulator/journal").json()
        assert sum(line["kind"] == "rest" for line in lines) == count


def test_the_canonical_journal_is_equal_for_equal_calls(tmp_path):
    def played():
        with Emulator() as one:
            play(one.base)
            done = run("journal", "--canonical", "--url", one.base, folder=tmp_path)
            assert done.returncode == 0, done.stderr
            return done.stdout

    first = played()
    assert len(first.splitlines()) > 5
    assert first == played()


def test_the_journal_as_traces(emulator, tmp_path):
    play(emulator.base, "traced")
    done = run("journal", "--format", "otlp", "--run", "traced", "--output", "t.json", "--url", emulator.base, folder=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    scope = json.loads((tmp_path / "t.json").read_text())["resourceSpans"][0]["scopeSpans"][0]
    assert scope["schemaUrl"].startswith("https://opentelemetry.io/schemas/")
    spans = {one["name"]: one for one in scope["spans"]}
    tool = spans["execute_tool create_service"]
    attributes = {one["key"]: one["value"] for one in tool["attributes"]}
    assert attributes["gen_ai.tool.name"] == {"stringValue": "create_service"}
    assert spans["deploy ping"]["parentSpanId"] == tool["spanId"]
    assert len({one["traceId"] for one in scope["spans"]}) == 1


def test_a_report_is_made_of_a_state_that_nobody_serves(tmp_path):
    state = tmp_path / "state"
    with Emulator(state=state, folder=tmp_path) as one:
        play(one.base)
    done = run("report", "--format", "json", "--state", str(state), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["workflow"][0]["outcome"] == "passed"


@pytest.mark.parametrize("path", ["report?format=pdf", "journal?format=csv"])
def test_unknown_formats_are_named(path, emulator):
    answer = emulator.get(f"/_emulator/{path}")
    assert (answer.status, answer.json()["code"]) == (400, "invalid_setting")


# States


def state(emulator, folder, *arguments):
    return run("state", *arguments, "--url", emulator.base, folder=folder)


def test_states_are_compared(tmp_path):
    with Emulator() as one:
        one.sql("create table tasks (id integer primary key, title text, at timestamptz default now())")
        one.sql("insert into tasks (id, title) values (1, 'a'), (2, 'b')")
        assert state(one, tmp_path, "save", "before.json").returncode == 0
        same = state(one, tmp_path, "diff", "before.json")
        assert (same.returncode, same.stdout) == (0, "")
        before = state(one, tmp_path, "hash").stdout
        assert before == state(one, tmp_path, "hash", "before.json").stdout

        one.sql("update tasks set title = 'c' where id = 1; insert into tasks (id, title) values (3, 'd')")
        one.tool("upsert_secret", key="MAIL_KEY", value="canary-value-19")
        one.deploy("ping", PING)
        assert state(one, tmp_path, "hash").stdout != before
        told = state(one, tmp_path, "diff", "before.json", "--ignore-times")
        assert told.returncode == 1
        assert [line.split(" ")[:2] for line in told.stdout.splitlines()] == [
            ["~", "tables/public.tasks/rows/1/title"],
            ["+", "tables/public.tasks/rows/3"],
            ["+", "services/ping"],
            ["+", "secrets/MAIL_KEY"],
        ]
        assert "canary-value" not in told.stdout
        (tmp_path / "allowed").write_text("# what the task asks for\nchanged tables/*\nservices/ping\n")
        allowed = ["--allow-file", "allowed", "--allow", "added tables/public.tasks/rows/*"]
        rest = state(one, tmp_path, "diff", "before.json", "--json", *allowed)
        assert rest.returncode == 1
        assert [change["path"] for change in json.loads(rest.stdout)] == ["secrets/MAIL_KEY"]
        assert state(one, tmp_path, "diff", "before.json", *allowed, "--allow", "secrets/*").returncode == 0


def test_equal_work_gives_equal_states(tmp_path):
    def worked(rows):
        with Emulator() as one:
            one.sql(
                "create table t (id integer primary key, at timestamptz default now(), u uuid default gen_random_uuid())"
            )
            for row in rows:
                one.sql(f"insert into t (id) values ({row})")
            return state(one, tmp_path, "hash", "--ignore-times", "--ignore-ids").stdout

    assert worked([1, 2]) == worked([2, 1])


def test_what_is_no_state_is_refused(emulator, tmp_path):
    (tmp_path / "other.json").write_text("{}")
    assert state(emulator, tmp_path, "diff", "other.json").returncode == 1
    assert "no saved state" in state(emulator, tmp_path, "hash", "other.json").stderr
