"""The Model Context Protocol, with its own client in every mode; and one agent over every protocol."""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import jsonschema
import pytest
import scripted_agent
from emulator import Emulator, binary, clean_environment, run
from mcp import Client, StdioServerParameters, types
from mcp.client.streamable_http import streamable_http_client

MODES = ["auto", "legacy", "2026-07-28"]
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture(scope="module")
def platform():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def fresh(platform):
    platform.reset()
    yield platform


def answer(platform):
    """The user's part: types the value that was asked for."""

    def complete(asked: dict) -> None:
        body = {"provided_secrets": {"MAIL_KEY": "fake-mail-key"}}
        done = platform.request("PATCH", f"/authorization-request/{asked['id']}/complete", body)
        assert done.status == 200, done.text

    return complete


def words(result) -> str:
    (block,) = result.content
    return block.text


def talk(target, mode: str, conversation, **options):
    async def main():
        async with Client(target, mode=mode, read_timeout_seconds=60, **options) as client:
            return await conversation(client)

    return asyncio.run(main())


def over_mcp(target, mode: str, platform) -> None:
    """Runs the agent's loop on a thread of its own, while the client lives in this one."""

    async def conversation(client):
        loop = asyncio.get_running_loop()

        def run_tool(name, arguments):
            return words(asyncio.run_coroutine_threadsafe(client.call_tool(name, arguments), loop).result(60))

        return await asyncio.to_thread(scripted_agent.run, run_tool, answer(platform))

    assert talk(target, mode, conversation) == "Two endpoints work."


def stdio(platform, *options) -> StdioServerParameters:
    arguments = ["mcp", *(["--url", platform.base] if platform else []), *options]
    return StdioServerParameters(command=binary(), args=arguments, env=clean_environment(), cwd=None)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_the_client_finds_tools_resources_and_prompts(transport, mode, platform):
    async def conversation(client):
        tools = (await client.list_tools()).tools
        resources = (await client.list_resources()).resources
        prompt = await client.get_prompt("build_service", {"task": "Sell tickets."})
        text = (await client.read_resource(str(resources[0].uri))).contents[0].text
        refused = await client.call_tool("get_service", {"service_name": "absent"})
        return [tool.name for tool in tools], prompt.messages[0].content.text, text, refused

    target = platform.ready["mcp_url"] if transport == "http" else stdio(platform)
    names, prompt, workflow, refused = talk(target, mode, conversation)
    assert names[:2] == ["get_project", "get_cloud"] and "call_endpoint" in names
    assert "Sell tickets." in prompt and "get_project" in workflow
    assert refused.is_error and "create_service" in words(refused)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_the_client_runs_the_whole_workflow(transport, mode, fresh):
    over_mcp(fresh.ready["mcp_url"] if transport == "http" else stdio(fresh), mode, fresh)


@pytest.mark.parametrize(
    ("transport", "mode"), [("http", "auto"), ("http", "legacy"), ("stdio", "auto"), ("stdio", "legacy")]
)
@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
def test_a_client_that_can_is_asked_to_show_the_page(action, transport, mode, fresh):
    """Its user answers there; no value passes through the client."""
    asked = []

    async def show(_, params):
        asked.append(params)
        if action == "accept":
            (one,) = fresh.tool("list_authorization_requests").json()["authorization_requests"]
            await asyncio.to_thread(answer(fresh), one)
        return types.ElicitResult(action=action)

    async def conversation(client):
        return await client.call_tool("create_authorization_request", {"custom_secrets": ["MAIL_KEY"]})

    target = fresh.ready["mcp_url"] if transport == "http" else stdio(fresh)
    result = talk(target, mode, conversation, elicitation_callback=show)
    (question,) = asked
    assert (question.mode, question.url.startswith(fresh.base)) == ("url", True)
    status = {"accept": "completed", "decline": "rejected", "cancel": "pending"}[action]
    assert result.structured_content["status"] == status
    assert "fake-mail-key" not in result.model_dump_json()
    (one,) = fresh.tool("list_authorization_requests").json()["authorization_requests"]
    assert one["status"] == status


def test_mcp_starts_an_emulator_where_none_runs(tmp_path):
    """It is a whole one, with a listener that ends with it; the second client in the folder joins the first."""
    (tmp_path / "none").mkdir()
    options = ["--state", str(tmp_path / "state"), "--seed", str(tmp_path / "none")]

    async def conversation(client):
        project = json.loads(words(await client.call_tool("get_project", {})))
        async with Client(stdio(None, *options)) as second:
            joined = json.loads(words(await second.call_tool("get_project", {})))
        status = await asyncio.to_thread(run, "status", "--json", *options[:2], folder=tmp_path)
        return project, joined, json.loads(status.stdout)

    project, joined, status = talk(stdio(None, *options), "auto", conversation)
    assert project["base_url"] == joined["base_url"] == status["base_url"]
    gone = run("status", *options[:2], folder=tmp_path)
    assert gone.returncode == 1, gone.stdout + gone.stderr


# One agent, every protocol


def over_http(platform) -> None:
    def run_tool(name, arguments):
        reply = platform.request("POST", f"/tools/{name}", arguments, timeout=60)
        json_body = reply.json()
        return reply.text if reply.status == 200 else f"{json_body['detail']}\nNext: {json_body['next_step']}"

    assert scripted_agent.run(run_tool, answer(platform)) == "Two endpoints work."


def over_the_shell(platform) -> None:
    def run_tool(name, arguments):
        done = run("tool", name, "-", "--url", platform.base, folder=platform.folder, stdin=json.dumps(arguments))
        return done.stdout if done.returncode == 0 else done.stdout + done.stderr

    assert scripted_agent.run(run_tool, answer(platform)) == "Two endpoints work."


def journal(platform) -> list[dict]:
    """The run so far in canonical form: times and the transport dropped, ids numbered in the order they came."""
    ids: dict[str, str] = {}

    def number(match: re.Match) -> str:
        return ids.setdefault(match.group(), f"id-{len(ids)}")

    def canonical(value):
        if isinstance(value, dict):
            dropped = {"sequence", "run", "at", "duration_ms", "caller", "request_id", "cause", "date"}
            return {k: canonical(v) for k, v in value.items() if k not in dropped}
        if isinstance(value, list):
            return [canonical(item) for item in value]
        if isinstance(value, str):
            value = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}", number, value)
            return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", "time", value)
        return value

    current = platform.get("/_emulator/journal?limit=1").json()[-1]["run"]
    return canonical(platform.get(f"/_emulator/journal?run={current}&limit=10000").json())


def test_the_journal_is_the_same_whatever_the_agent_speaks(platform):
    runs = {
        "http": over_http,
        "shell": over_the_shell,
        "mcp over http": lambda platform: over_mcp(platform.ready["mcp_url"], "2026-07-28", platform),
        "mcp over a pipe": lambda platform: over_mcp(stdio(platform), "legacy", platform),
    }
    journals = {}
    for name, agent in runs.items():
        platform.reset()
        agent(platform)
        journals[name] = journal(platform)
    expected = journals.pop("http")
    assert [line["path"] for line in expected if line["kind"] == "tool"][:2] == ["get_project", "get_cloud"]
    assert sum(line["kind"] == "service" for line in expected) == 4
    for name, lines in journals.items():
        assert lines == expected, name


# The wire


def post(platform, message, headers=None, path="/mcp"):
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    return platform.request("POST", path, json.dumps(message), fields | (headers or {}))


def call(name: str, arguments: dict | None = None, **more) -> dict:
    params = {"name": name, "arguments": arguments or {}, "_meta": META, **more}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def fields(message: dict) -> dict[str, str]:
    named = {"Mcp-Name": message["params"]["name"]} if "name" in message["params"] else {}
    return {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": message["method"]} | named


RESULTS = {
    "initialize": "InitializeResult",
    "server/discover": "DiscoverResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
}


# Between a client and the server: writes every line of both to a file.
TEE = """
import subprocess, sys, threading
log, lock = open(sys.argv[1], "wb", buffering=0), threading.Lock()
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def copy(who, source, target):
    for line in iter(source.readline, b""):
        with lock:
            log.write(who + line)
        target.write(line)
        target.flush()
    target.close()
threading.Thread(target=copy, args=(b"Client ", sys.stdin.buffer, child.stdin), daemon=True).start()
copy(b"Server ", child.stdout, sys.stdout.buffer)
"""


def recorded_over_http(mode: str, platform) -> list[tuple[str, dict]]:
    """The workflow's messages, each with who sent it."""
    seen = []

    async def keep(reply):
        if reply.request.method != "POST":
            return
        await reply.aread()
        if reply.request.content:
            seen.append(("Client", json.loads(reply.request.content)))
        kind = reply.headers.get("content-type", "")
        if kind.startswith("application/json"):
            seen.append(("Server", reply.json()))
        elif kind.startswith("text/event-stream"):
            data = [line[6:] for line in reply.text.splitlines() if line.startswith("data: ")]
            seen.extend(("Server", json.loads(one)) for one in data if one)

    http_client = httpx2.AsyncClient(event_hooks={"response": [keep]}, timeout=60)
    over_mcp(streamable_http_client(platform.ready["mcp_url"], http_client=http_client), mode, platform)
    return seen


def recorded_over_a_pipe(mode: str, platform) -> list[tuple[str, dict]]:
    log = platform.folder / f"messages-{mode}.log"
    server = stdio(platform)
    arguments = ["-c", TEE, str(log), server.command, *server.args]
    over_mcp(StdioServerParameters(command=sys.executable, args=arguments, env=clean_environment()), mode, platform)
    lines = [line.split(" ", 1) for line in log.read_text().splitlines()]
    return [(who, json.loads(message)) for who, message in lines]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_every_message_of_the_workflow_is_in_the_schema(transport, mode, fresh):
    """In every mode of the client, over both transports."""
    folder = os.environ.get("ALTAN_MCP_CHECKS")
    if not folder:
        pytest.skip("ALTAN_MCP_CHECKS is not set")
    seen = (recorded_over_http if transport == "http" else recorded_over_a_pipe)(mode, fresh)
    assert len(seen) > 30
    revision = "2025-11-25" if mode == "legacy" else "2026-07-28"
    schema = json.loads(Path(folder, f"schema/{revision}.json").read_text())

    def check(name, value):
        reference = {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}
        jsonschema.Draft202012Validator(reference).validate(value)

    methods = {message["id"]: message["method"] for who, message in seen if who == "Client" and "id" in message}
    answered = [methods[message["id"]] for who, message in seen if who == "Server" and "result" in message]
    assert answered.count("tools/call") > 10
    for who, message in seen:
        if "result" in message:
            check("JSONRPCResultResponse", message)
            check(RESULTS[methods[message["id"]]], message["result"])
        elif "error" in message:
            check("JSONRPCErrorResponse", message)
        else:
            check(f"{who}{'Request' if 'id' in message else 'Notification'}", message)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.example.com"},
        {"Host": "example.com"},
        {"Host": "example.com", "Origin": "http://example.com"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_sites_and_rebound_names_are_refused(headers, platform):
    message = call("list_secrets")
    assert post(platform, message, fields(message)).status == 200
    assert post(platform, message, fields(message) | headers).status == 403
    assert post(platform, message, headers, path="/_emulator/mcp").status == 403
    assert platform.request("GET", "/mcp", headers=headers).status == 403


def test_a_stream_carries_progress_and_then_the_answer(platform):
    code = "from fastapi import APIRouter\nrouter = APIRouter()\n"
    message = call("create_service", {"service_name": "told", "code": code})
    message["params"]["_meta"] = META | {"progressToken": "p"}
    reply = post(platform, message, fields(message))
    assert reply.headers["Content-Type"] == "text/event-stream"
    events = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: ")]
    assert [event.get("method") for event in events] == ["notifications/progress"] * 2 + [None]
    assert events[-1]["result"]["isError"] is False


def test_large_and_broken_arguments(platform):
    large = call("execute_sql", {"query": f"select length('{'x' * (20 << 20)}') as n"})
    assert post(platform, large, fields(large)).json()["result"]["structuredContent"] == [{"n": 20 << 20}]
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    reply = platform.request("POST", "/mcp", deep, {"Content-Type": "application/json"})
    assert (reply.status, reply.json()["error"]["code"]) == (400, -32700)
    wrong = call("get_service_logs", {"tail": "many", "service_name": 7, "colour": "red"})
    result = post(platform, wrong, fields(wrong)).json()["result"]
    assert result["isError"] and all(
        name in result["content"][0]["text"] for name in ("tail", "service_name", "colour")
    )


def test_a_pipe_says_nothing_but_messages(platform):
    """Broken lines, blank lines and the end of the input, as a client may send them."""
    lines = ["{nope", "", json.dumps(call("list_secrets")), json.dumps({"jsonrpc": "2.0", "method": "x"}), "[]"]
    done = subprocess.run(
        [binary(), "mcp", "--url", platform.base],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(one.get("error", {}).get("code", 0) for one in answers) == [-32700, -32600, 0]


# Several at once

SLOW = """
import time
from fastapi import APIRouter
router = APIRouter()
time.sleep({pause})
@router.get("/version")
def version(): return "{version}"
@router.get("/slow")
def slow():
    print("started")
    time.sleep(30)
"""


def together(*tasks):
    """Runs functions side by side and returns what they returned."""
    results = [None] * len(tasks)

    def work(place, task):
        results[place] = task()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_deployments_at_once_the_last_one_wins_and_both_are_told(fresh):
    def deploy(version):
        return lambda: fresh.deploy("raced", SLOW.format(pause=0.3, version=version)).json()

    replies = together(deploy("one"), deploy("two"), deploy("three"))
    assert [reply["status"] for reply in replies] == ["running"] * 3
    numbers = {
        reply["deployment"]["number"]: name for reply, name in zip(replies, ("one", "two", "three"), strict=True)
    }
    assert sorted(numbers) == [1, 2, 3]
    assert fresh.service("raced", "/version").json() == numbers[3]


def test_a_service_may_be_deleted_while_it_is_called(fresh):
    assert fresh.deploy("leaving", SLOW.format(pause=0, version="one")).status == 200

    def logged():
        return "started" in fresh.tool("get_service_logs", service_name="leaving").text

    def delete():
        while not logged():
            pass
        return fresh.tool("delete_service", service_name="leaving")

    def slow():
        return fresh.tool("call_endpoint", service_name="leaving", path="/slow", timeout_seconds=60)

    called, deleted = together(slow, delete)
    assert deleted.json()["deleted"] is True
    assert (called.status, called.json()["status"]) == (200, 502), called.text
    gone = fresh.tool("call_endpoint", service_name="leaving", path="/version")
    assert (gone.status, gone.json()["code"]) == (404, "service_not_found")


def test_a_call_has_the_time_it_is_given(fresh):
    assert fresh.deploy("tardy", SLOW.format(pause=0, version="one")).status == 200
    late = fresh.tool("call_endpoint", service_name="tardy", path="/slow", timeout_seconds=1)
    assert (late.status, late.json()["code"]) == (504, "endpoint_timeout")
    assert fresh.service("tardy", "/version").json() == "one"
