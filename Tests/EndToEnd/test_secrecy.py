"""A stored secret's value: in control.db, in the one reply that hands it over, in its workers' memory, nowhere else."""

import json
import os
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from emulator import Emulator, descendants, run

CANARY = 'c4nary/"quoted"+v@lue &x'

MODULE = """
import os
import httpx
from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse
router = APIRouter()
KEY = os.environ["CANARY_KEY"]
print("imported with", KEY)
@router.get("/echo")
def echo():
    print("echo", KEY)
    return {"key": KEY, "list": [KEY], KEY: 1}
@router.get("/raise")
def fail():
    raise RuntimeError("misused " + KEY)
@router.get("/refuse")
def refuse():
    raise HTTPException(400, "bad key " + KEY, headers={"X-Key": KEY.replace(" ", "")})
@router.get("/url")
async def url():
    try:
        async with httpx.AsyncClient() as client:
            await client.get("http://127.0.0.1:9/", params={"key": KEY})
    except Exception as error:
        print("failed", repr(error), str(getattr(error, "request", "")) , error.request.url)
        raise
@router.get("/redirect")
def redirect():
    return RedirectResponse(f"https://example.com/?key={KEY}")
"""


def spellings(value: str) -> list[bytes]:
    """The value as it is, as JSON, as Python's repr, and as it stands in URLs."""
    forms = {value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value), quote_plus(value), quote(value, safe="")}
    return [form.encode() for form in forms]


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """An emulator in which the canary was stored, used and misused in every way; with every reply but the handover."""
    state = tmp_path_factory.mktemp("secrecy") / "state"
    replies: list[tuple[str, bytes]] = []
    with Emulator(state=state) as emulator:
        cloud = emulator.ready["cloud_id"]

        def note(name, answer):
            replies.append((name, str(answer.headers).encode() + answer.body))
            return answer

        def tool(tool_name, /, **arguments):
            return note(tool_name, emulator.tool(tool_name, **arguments))

        def mcp(method, **params):
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
            if named := params.get("name") or params.get("uri"):
                headers["Mcp-Name"] = named
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return note(method, emulator.request("POST", "/mcp", body, headers))

        asked = tool("create_authorization_request", custom_secrets=["CANARY_KEY"]).json()
        body = {"provided_secrets": {"CANARY_KEY": CANARY}}
        note("complete", emulator.request("PATCH", f"/authorization-request/{asked['id']}/complete", body))
        given = emulator.tool("get_authorization_request", id=asked["id"]).json()
        assert given["meta_data"]["provided_secrets"] == {"CANARY_KEY": CANARY}
        tool("get_authorization_request", id=asked["id"])
        tool("upsert_secret", key="CANARY_KEY", value=CANARY, description="for " + CANARY)
        tool("upsert_secret", key="NOT A NAME", value=CANARY)
        tool("upsert_secret", key=CANARY, value="x")
        tool("upsert_secret", value=CANARY)
        assert tool("create_service", service_name="canary", code=MODULE, requirements=["httpx"]).status == 200
        for path in ("/echo", "/raise", "/refuse", "/url", "/redirect", f"/none?key={quote(CANARY)}"):
            answer = tool("call_endpoint", service_name="canary", path=path)
            assert answer.status == 200, answer.text
            emulator.service("canary", path)
            mcp("tools/call", name="call_endpoint", arguments={"service_name": "canary", "path": path})
        broken = MODULE.replace("router = APIRouter()", "raise ValueError('bad ' + os.environ['CANARY_KEY'])")
        assert tool("update_service", service_name="canary", code=broken).status == 422
        assert tool("create_service", service_name="second", code=broken).status == 422
        tool("create_service", service_name=CANARY, code=MODULE)
        tool("restart_service", service_name="canary")
        tool("execute_sql", query=f"select '{CANARY}'::integer")
        tool("execute_sql", query=f'select * from "{CANARY.replace(chr(34), "")}"')
        note("unknown tool", emulator.request("POST", f"/tools/{quote(CANARY, safe='')}", {}))
        note("unknown path", emulator.get(f"/v1/instances/{quote(CANARY, safe='')}"))
        for name in ("get_project", "get_cloud", "list_secrets", "list_services", "get_service_logs", "get_openapi"):
            tool(name)
            mcp("tools/call", name=name, arguments={})
        tool("get_service", service_name="second")
        tool("list_authorization_requests")
        for uri in [one["uri"] for one in mcp("resources/list").json()["result"]["resources"]]:
            mcp("resources/read", uri=uri)
        for path in (
            f"/v1/instances/{cloud}/services/secrets",
            f"/v1/instances/{cloud}/services/services",
            f"/v1/instances/logs/cloud/{cloud}?tail=1000",
            "/authorization-request",
            "/services/openapi.json",
            "/_emulator/state",
            "/_emulator/journal?limit=10000",
        ):
            note(path, emulator.get(path))
        for command in (("logs",), ("logs", "canary", "--json"), ("status", "--json"), ("status", "--env")):
            done = run(*command, "--url", emulator.base, folder=emulator.folder)
            replies.append((" ".join(command), (done.stdout + done.stderr).encode()))
        proc = {}
        for pid in [emulator.process.pid, *descendants(emulator.process.pid)]:
            for name in ("cmdline", "environ"):
                proc[f"/proc/{pid}/{name}"] = Path(f"/proc/{pid}/{name}").read_bytes()
        errors = emulator.errors().encode()
    yield state, replies, proc, errors


def assert_clean(found: list[tuple[str, bytes]]) -> None:
    leaks = [
        f"{name}: …{text[max(0, at - 120) : at + 80]!r}…"
        for name, text in found
        for form in spellings(CANARY)
        if (at := text.find(form)) >= 0
    ]
    assert not leaks, "\n".join(leaks)


def test_no_reply_shows_it(used):
    _, replies, _, _ = used
    assert len(replies) > 50
    assert_clean(replies)


def test_no_file_but_the_control_database_holds_it(used):
    state, _, _, errors = used
    files = [file for file in state.rglob("*") if file.is_file()]
    assert any(file.name.startswith("journal") for file in files) and any(file.suffix == ".log" for file in files)
    holders = [file for file in files if file.name.startswith("control.db")]
    assert any(form in file.read_bytes() for file in holders for form in spellings(CANARY))
    assert all(os.stat(file).st_mode & 0o077 == 0 for file in holders)
    assert_clean([(str(file), file.read_bytes()) for file in files if file not in holders])
    assert_clean([("standard error", errors)])


def test_no_process_shows_it(used):
    assert_clean(list(used[2].items()))
