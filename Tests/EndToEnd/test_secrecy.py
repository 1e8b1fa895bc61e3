"""A stored secret's value: in control.db, in the one reply that hands it over, in its workers' memory, nowhere else."""

import json
import os
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from emulator import Emulator, descendants, run
from third_party import STRIPE

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
@router.get("/third-parties")
def third_parties():
    # The key where it belongs, and where it does not: in addresses, bodies, and calls that nobody answers.
    import stripe
    seen = []
    auth = {"authorization": "Bearer " + KEY.replace(" ", ""), "x-api-key": KEY.replace(" ", ""), "cookie": "k=" + KEY.replace(" ", "")}
    with httpx.Client(headers=auth) as client:
        for host in ("api.echo.test", "nobody.test"):
            seen.append(client.get(f"https://{host}/things", params={"key": KEY}).status_code)
            seen.append(client.get(f"https://{host}/{KEY}".replace(" ", "%20").replace('"', "%22")).status_code)
            seen.append(client.post(f"https://{host}/things", json={"key": KEY, KEY: 1}).status_code)
            seen.append(client.post(f"https://{host}/things", data={"key": KEY}).status_code)
        chat = {"model": "gpt-4o", "messages": [{"role": "user", "content": "say " + KEY}]}
        seen.append(client.post("https://api.openai.com/v1/chat/completions", json=chat).status_code)
        letter = {"personalizations": [{"to": [{"email": "a@b.test"}]}], "from": {"email": "c@d.test"}, "subject": KEY,
                  "content": [{"type": "text/plain", "value": KEY}]}
        seen.append(client.post("https://api.sendgrid.com/v3/mail/send", json=letter).status_code)
    made = stripe.StripeClient("sk_test_x").v1.customers.create({"name": KEY, "metadata": {"key": KEY}})
    seen.append(made.name == KEY)
    try:
        stripe.StripeClient("sk_test_x").v1.customers.retrieve(KEY)
    except stripe.StripeError as error:
        print("stripe said", error)
    return seen
@router.get("/redirect")
def redirect():
    return RedirectResponse(f"https://example.com/?key={KEY}")
"""


# Answers with what it was sent, and prints it.
ECHO = """
from fastapi import APIRouter, Request
HOSTS = ["api.echo.test"]
router = APIRouter()
@router.api_route("/{path:path}", methods=["GET", "POST"])
async def echo(path: str, request: Request):
    print("asked for", request.url)
    return {"url": str(request.url), "headers": dict(request.headers), "body": (await request.body()).decode()}
"""


def spellings(value: str) -> list[bytes]:
    """The value as it is, as JSON, as Python's repr, and as it stands in URLs."""
    forms = {value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value), quote_plus(value), quote(value, safe="")}
    return [form.encode() for form in forms]


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """An emulator in which the canary was stored, used and misused in every way; with every reply but the handover."""
    folder = tmp_path_factory.mktemp("secrecy")
    state, seed = folder / "state", folder / "seed"
    (seed / "thirdparty").mkdir(parents=True)
    (seed / "thirdparty/api.echo.test.py").write_text(ECHO)
    replies: list[tuple[str, bytes]] = []
    with Emulator(state=state, seed=seed) as emulator:
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

        def command(*arguments):
            done = run(*arguments, "--url", emulator.base, folder=emulator.folder)
            replies.append((" ".join(arguments), (done.stdout + done.stderr).encode()))
            return done

        exports = folder / "exports"
        exports.mkdir()
        assert command("record", str(exports / "session.har")).returncode == 0
        answer = tool("call_endpoint", service_name="canary", path="/third-parties")
        assert answer.json()["body"] == [200, 200, 200, 200, 421, 421, 421, 421, 200, 202, True], answer.text
        assert command("record", "--stop").returncode == 0
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
            "/_emulator/state/document",
            "/_emulator/journal?limit=10000",
            "/_emulator/thirdparty",
            "/_emulator/outbox",
            f"{STRIPE}/events",
            f"{STRIPE}/",
        ):
            note(path, emulator.get(path))
        for arguments in (("logs",), ("logs", "canary", "--json"), ("status", "--json"), ("status", "--env")):
            command(*arguments)
        for arguments in (("outbox",), ("outbox", "--json"), ("stripe", "events", "--json"), ("thirdparty",)):
            command(*arguments)
        for form in ("text", "json", "junit", "markdown"):
            assert command("report", "--format", form, "--output", str(exports / form)).returncode in (0, 4)
        for form in ("jsonl", "otlp"):
            assert command("journal", "--format", form, "--output", str(exports / f"{form}.json")).returncode == 0
        assert command("journal", "--canonical", "--output", str(exports / "canonical.jsonl")).returncode == 0
        assert command("state", "save", str(exports / "state.json")).returncode == 0
        command("state", "diff", str(exports / "state.json"))
        proc = {}
        for pid in [emulator.process.pid, *descendants(emulator.process.pid)]:
            for name in ("cmdline", "environ"):
                proc[f"/proc/{pid}/{name}"] = Path(f"/proc/{pid}/{name}").read_bytes()
        errors = emulator.errors().encode()
    yield state, replies, proc, errors, exports


def assert_clean(found: list[tuple[str, bytes]]) -> None:
    leaks = [
        f"{name}: …{text[max(0, at - 120) : at + 80]!r}…"
        for name, text in found
        for form in spellings(CANARY)
        if (at := text.find(form)) >= 0
    ]
    assert not leaks, "\n".join(leaks)


def test_no_reply_shows_it(used):
    replies = used[1]
    assert len(replies) > 80
    assert_clean(replies)


def test_no_file_but_the_control_database_holds_it(used):
    state, _, _, errors, _ = used
    files = [file for file in state.rglob("*") if file.is_file()]
    assert any(file.name.startswith("journal") for file in files) and any(file.suffix == ".log" for file in files)
    holders = [file for file in files if file.name.startswith("control.db")]
    assert any(form in file.read_bytes() for file in holders for form in spellings(CANARY))
    # What a service writes into a mail or a table is its own: it is kept as it was sent, for the owner of the state only.
    holders += [file for file in files if file.name.startswith("thirdparty.db")]
    assert all(os.stat(file).st_mode & 0o077 == 0 for file in holders)
    assert_clean([(str(file), file.read_bytes()) for file in files if file not in holders])
    assert_clean([("standard error", errors)])


def test_no_export_and_no_recording_holds_it(used):
    files = [file for file in used[4].rglob("*") if file.is_file()]
    assert len(files) == 9 and all(file.stat().st_size > 100 for file in files), files
    # What was exported is about the calls in question.
    assert all("third-parties" in (used[4] / name).read_text() for name in ("jsonl.json", "otlp.json"))
    assert len(json.loads((used[4] / "session.har").read_text())["log"]["entries"]) == 8
    assert_clean([(str(file), file.read_bytes()) for file in files])


def test_no_process_shows_it(used):
    assert_clean(list(used[2].items()))
