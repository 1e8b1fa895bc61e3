"""The agent's canonical workflow through the tools, and the control plane's view of the same cloud."""

import pytest
from emulator import Emulator

CODE = """
import hashlib, os
from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import BaseModel
from supabase import create_client

PAYMENT_KEY = os.environ.get("PAYMENT_KEY")
if not PAYMENT_KEY:
    raise ValueError("PAYMENT_KEY not configured")
db = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_KEY"])
router = APIRouter()

class Payment(BaseModel):
    id: str
    amount: int

@router.post("/payments", status_code=201)
async def pay(payment: Payment):
    print(f"payment {payment.id}")
    return db.table("payments").upsert(payment.model_dump(), on_conflict="id").execute().data[0]

@router.post("/webhook")
async def webhook(request: Request, signature: str = Header(None, alias="Payment-Signature")):
    body = await request.body()
    if signature != hashlib.sha256(PAYMENT_KEY.encode() + body).hexdigest():
        raise HTTPException(400, "Invalid signature")
    return {"received": len(body)}
"""


@pytest.fixture(scope="module")
def platform():
    with Emulator() as emulator:
        yield emulator


def good(answer):
    assert answer.status in (200, 201), answer.text
    return answer.json()


@pytest.mark.row(
    "tool.get_project",
    "tool.get_cloud",
    "tool.base_url",
    "tool.list_secrets",
    "tool.upsert_secret",
    "tool.create_authorization_request",
    "tool.create_service",
    "tool.service_logs",
)
def test_the_workflow_from_project_to_tested_endpoints(platform):
    project = good(platform.tool("get_project"))
    cloud = project["cloud_id"]
    assert project["base_url"] == platform.base
    facts = good(platform.tool("get_cloud", cloud_id=cloud))
    assert (facts["SUPABASE_URL"], facts["SUPABASE_KEY"]) == (platform.base, platform.service_key)
    assert good(platform.tool("list_secrets", cloud_id=cloud)) == []

    # The user is asked, and answers; the agent stores what it is given.
    asked = good(platform.tool("create_authorization_request", cloud_id=cloud, custom_secrets=["PAYMENT_KEY"]))
    refused = platform.deploy("payments", CODE, ["supabase"])
    assert (refused.status, refused.json()["code"]) == (422, "missing_secrets")
    pending = good(platform.get(f"/authorization-request/{asked['id']}"))
    assert pending["is_completed"] is False
    answer = {"provided_secrets": {"PAYMENT_KEY": "fake-payment-key"}}
    completed = platform.request("PATCH", f"/authorization-request/{asked['id']}/complete", answer)
    assert "fake-payment-key" not in str(good(completed))
    assert good(platform.tool("list_secrets", cloud_id=cloud)) == []
    given = good(platform.tool("get_authorization_request", id=asked["id"]))
    assert (given["is_completed"], given["meta_data"]["type"]) == (True, "secrets")
    assert given["meta_data"]["provided_secrets"] == {"PAYMENT_KEY": "fake-payment-key"}
    again = good(platform.tool("get_authorization_request", id=asked["id"]))
    assert "provided_secrets" not in again["meta_data"]
    good(platform.tool("upsert_secret", cloud_id=cloud, key="PAYMENT_KEY", value="fake-payment-key"))

    # Tables, then the service, then every endpoint.
    platform.sql("create table payments (id text primary key, amount integer not null check (amount > 0))")
    deployed = good(platform.deploy("payments", CODE, ["supabase"]))
    assert deployed["name"] == "payments"
    created = platform.service("payments", "/payments", "POST", {"id": "p1", "amount": 5})
    assert (created.status, created.json()) == (201, {"id": "p1", "amount": 5})
    changed = platform.service("payments", "/payments", "POST", {"id": "p1", "amount": 7})
    assert (changed.status, changed.json()) == (201, {"id": "p1", "amount": 7})
    assert platform.rest("GET", "/payments").json() == [{"id": "p1", "amount": 7}]
    assert platform.service("payments", "/payments", "POST", {"id": "p2"}).status == 422
    headers = {"Payment-Signature": "ccba9e9d"}
    assert platform.request("POST", "/services/api/payments/webhook", b"{}", headers).status == 400
    logs = good(platform.tool("get_service_logs", cloud_id=cloud, service_name="payments"))
    assert "payment p1" in str(logs)
    good(platform.tool("delete_service", cloud_id=cloud, service_name="payments"))
    assert platform.service("payments", "/payments", "POST", {"id": "p3", "amount": 1}).status == 404


def test_the_control_plane_shows_what_the_tools_made(platform):
    cloud = platform.ready["cloud_id"]
    base = f"/v1/instances/{cloud}"
    instance = good(platform.get(base))
    assert cloud in (instance.get("cloud_id"), instance.get("id"))
    metrics = good(platform.get(f"/v1/instances/metrics/cloud/{cloud}"))
    assert (metrics["cloud_url"], metrics["anon_key"]) == (platform.base, platform.anon_key)
    assert metrics["pods"][0]["status"] == "Running"

    body = {"key": "SHOWN_KEY", "value": "fake", "description": "A key"}
    good(platform.request("POST", f"{base}/services/secrets", body))
    (secret,) = [one for one in good(platform.get(f"{base}/services/secrets"))["secrets"] if one["key"] == "SHOWN_KEY"]
    assert secret.keys() == {"key", "description", "created_at", "updated_at"}
    good(platform.request("DELETE", f"{base}/services/secrets/SHOWN_KEY"))
    assert "SHOWN_KEY" not in platform.get(f"{base}/services/secrets").text

    code = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/ping')\ndef ping(): return 1\n"
    body = {"name": "shown", "description": "d", "code": code, "requirements": []}
    good(platform.request("POST", f"{base}/services/services", body))
    assert "shown" in [one["name"] for one in good(platform.get(f"{base}/services/services"))["services"]]
    assert good(platform.get(f"{base}/services/services/shown"))["code"] == code
    assert platform.service("shown", "/ping").json() == 1
    good(platform.request("DELETE", f"{base}/services/services/shown"))
    assert platform.service("shown", "/ping").status == 404

    rows = good(platform.request("POST", f"/v1/pg-meta/{cloud}/query", {"query": "select 1 as one"}))
    assert rows == [{"one": 1}]
    project = good(platform.get(f"/altaner/{platform.ready['project_id']}"))
    assert good(platform.get(f"/altaner/find?cloud_id={cloud}"))["id"] == project["id"]
    assert platform.get("/v1/instances/00000000-0000-4000-8000-000000000000").status == 404


@pytest.mark.parametrize("path", ["/auth/v1/health", "/storage/v1/bucket", "/realtime/v1/websocket", "/functions/v1/f"])
def test_what_is_not_emulated_says_so(path, platform):
    answer = platform.get(path)
    assert (answer.status, answer.json()["code"]) == (501, "feature_not_supported")


@pytest.mark.parametrize(
    "statement",
    [
        "create operator === (leftarg = int, rightarg = int, function = int4eq)",
        "create table heir () inherits (kept)",
    ],
)
def test_what_is_not_enforced_is_refused(statement, platform):
    platform.sql("create table if not exists kept (id integer primary key)")
    answer = platform.tool("execute_sql", cloud_id=platform.ready["cloud_id"], query=statement)
    assert answer.status == 501 or answer.json()["code"] == "sql_error", answer.text
    assert "not supported" in answer.json()["detail"]


def test_policies_decide_what_a_role_reads_and_writes(platform):
    platform.sql("create table owned (id integer primary key, open boolean not null default false)")
    platform.sql("insert into owned values (1, true), (2, false)")
    platform.sql("grant all on owned to anon, authenticated, service_role")
    platform.sql("alter table owned enable row level security")
    platform.sql("create policy seen on owned for select to anon using (open)")
    platform.sql("create policy added on owned for insert to anon with check (id > 10)")
    assert platform.rest("GET", "/owned?select=id", key=platform.anon_key).json() == [{"id": 1}]
    assert len(platform.rest("GET", "/owned", key=platform.service_key).json()) == 2
    refused = platform.rest("POST", "/owned", {"id": 3, "open": True}, key=platform.anon_key)
    assert (refused.status, refused.json()["code"]) == (401, "42501")
    assert refused.json()["message"] == 'new row violates row-level security policy for table "owned"'
    assert platform.rest("POST", "/owned", {"id": 11}, key=platform.anon_key).status == 201
    assert platform.rest("DELETE", "/owned?id=eq.1", key=platform.anon_key).status == 204
    assert len(platform.rest("GET", "/owned", key=platform.service_key).json()) == 3


def test_row_level_security_without_policies_hides_every_row(platform):
    platform.sql("create table hidden (id integer primary key); insert into hidden values (1)")
    platform.sql("grant all on hidden to anon, authenticated, service_role")
    assert platform.rest("GET", "/hidden", key=platform.anon_key).json() == [{"id": 1}]
    platform.sql("alter table hidden enable row level security")
    assert platform.rest("GET", "/hidden", key=platform.anon_key).json() == []
    assert platform.rest("GET", "/hidden").json() == [{"id": 1}]
    refused = platform.rest("POST", "/hidden", {"id": 2}, key=platform.anon_key)
    assert (refused.status, refused.json()["code"]) == (401, "42501")
    assert refused.json()["message"] == 'new row violates row-level security policy for table "hidden"'
    assert platform.rest("DELETE", "/hidden?id=eq.1", key=platform.anon_key).status == 204
    assert platform.rest("GET", "/hidden").json() == [{"id": 1}]
