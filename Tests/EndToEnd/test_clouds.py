"""Several clouds in one emulator: each with its own address, keys, database, secrets, services and logs."""

import base64
import json

import pytest
from emulator import Emulator, request, run

SPY = """
import os
from fastapi import APIRouter
from supabase import create_client
router = APIRouter()
db = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_KEY"])

@router.get("/environment")
def environment():
    print("asked")
    return dict(os.environ)

@router.get("/notes")
def notes():
    return db.table("notes").select("text").execute().data
"""


class Cloud:
    """A further cloud of an emulator, spoken to at its own address."""

    def __init__(self, emulator: Emulator, name: str, **body):
        self.emulator = emulator
        answer = emulator.request("POST", "/_emulator/clouds", {"name": name} | body)
        assert answer.status == 201, answer.text
        self.facts = answer.json()
        self.id, self.base = self.facts["cloud_id"], self.facts["base_url"]

    def request(self, method: str, path: str, body=None, headers=None):
        return request(self.base, method, path, body, headers)

    def rest(self, method: str, path: str, body=None, key: str | None = None):
        headers = self.emulator.keys(key or self.facts["service_role_key"])
        return self.request(method, f"/rest/v1{path}", body, headers)

    def tool(self, name: str, /, **arguments):
        return self.emulator.tool(name, timeout=120, cloud_id=self.id, **arguments)

    def deploy(self, name: str, code: str, requirements: list[str]):
        answer = self.tool("create_service", service_name=name, description="", code=code, requirements=requirements)
        assert answer.status == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def emulator():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def cloud(emulator):
    emulator.reset()
    yield Cloud(emulator, "Second")
    emulator.reset()


@pytest.mark.row("cloud.origin", "cloud.keys", "tool.get_cloud")
def test_each_cloud_has_an_address_and_keys_of_its_own(emulator, cloud):
    assert cloud.base == f"{emulator.base}/clouds/{cloud.id}"
    assert cloud.facts["host_url"].startswith(f"http://{cloud.id[:12]}.localhost:")
    for name in ("anon_key", "service_role_key", "jwt_secret"):
        assert cloud.facts[name] != emulator.ready[name]
    for role in ("anon", "service_role"):
        head, body, _ = cloud.facts[f"{role}_key"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "HS256"
        assert (claims["iss"], claims["role"], claims["exp"]) == ("supabase", role, claims["iat"] + 3650 * 86400)
    facts = cloud.tool("get_cloud").json()
    assert (facts["SUPABASE_URL"], facts["SUPABASE_KEY"]) == (cloud.base, cloud.facts["service_role_key"])
    # With two clouds a tool must be told which.
    unnamed = emulator.tool("list_secrets")
    assert (unnamed.status, unnamed.json()["code"]) == (422, "cloud_id_required")


@pytest.mark.row("cloud.apart", "tool.execute_sql")
def test_rows_and_keys_of_one_cloud_are_nothing_to_another(emulator, cloud):
    assert cloud.tool("execute_sql", query="create table notes (text text)").status == 200
    assert cloud.rest("POST", "/notes", {"text": "mine"}).status == 201
    assert cloud.rest("GET", "/notes").json() == [{"text": "mine"}]
    assert emulator.rest("GET", "/notes").json()["code"] == "PGRST205"
    for base, key in ((emulator.base, cloud.facts["service_role_key"]), (cloud.base, emulator.service_key)):
        refused = request(base, "GET", "/rest/v1/notes", headers=emulator.keys(key))
        assert (refused.status, refused.json()["message"]) == (401, "Invalid API key")
        # Its own key beside the other's token: the signature is another's.
        own = emulator.anon_key if base == emulator.base else cloud.facts["anon_key"]
        headers = {"apikey": own, "Authorization": f"Bearer {key}"}
        assert request(base, "GET", "/rest/v1/notes", headers=headers).status == 401


@pytest.mark.row("cloud.apart", "service.secrets")
def test_services_of_one_cloud_see_nothing_of_another(emulator, cloud):
    emulator.sql("create table notes (text text); insert into notes values ('first')")
    first = emulator.ready["cloud_id"]
    for target, value in ((first, "first-value"), (cloud.id, "second-value")):
        stored = emulator.tool("upsert_secret", cloud_id=target, key="SHARED", value=value)
        assert stored.status == 200, stored.text
    emulator.tool("upsert_secret", cloud_id=first, key="ONLY_FIRST", value="hidden-from-second")
    assert emulator.deploy("spy", SPY, ["supabase"]).status == 200
    cloud.tool("execute_sql", query="create table notes (text text); insert into notes values ('second')")
    report = cloud.deploy("spy", SPY, ["supabase"])
    assert report["url"] == f"{cloud.base}/services/api/spy"

    theirs = cloud.request("GET", "/services/api/spy/environment").json()
    assert (theirs["SHARED"], theirs["SUPABASE_URL"]) == ("second-value", cloud.base)
    assert "ONLY_FIRST" not in theirs and "hidden-from-second" not in json.dumps(theirs)
    assert emulator.service("spy", "/environment").json()["SHARED"] == "first-value"
    assert cloud.request("GET", "/services/api/spy/notes").json() == [{"text": "second"}]
    assert emulator.service("spy", "/notes").json() == [{"text": "first"}]
    assert cloud.tool("list_secrets").json() == ["SHARED"]

    document = cloud.request("GET", "/services/openapi.json").json()
    assert document["servers"] == [{"url": f"/clouds/{cloud.id}/services"}]
    assert "/api/spy/notes" in document["paths"]
    logs = emulator.get(f"/v1/instances/logs/cloud/{cloud.id}/service/spy").json()["lines"]
    assert [line["message"] for line in logs].count("asked") == 1

    gone = emulator.request("DELETE", f"/_emulator/clouds/{cloud.id}")
    assert gone.status == 200, gone.text
    assert cloud.request("GET", "/services/api/spy/notes").json()["code"] == "cloud_not_found"
    assert emulator.service("spy", "/notes").json() == [{"text": "first"}]


@pytest.mark.row("cloud.host")
def test_the_host_name_leads_to_the_cloud(emulator, cloud):
    cloud.tool("execute_sql", query="create table notes (text text)")
    port = emulator.base.rpartition(":")[2]
    headers = emulator.keys(cloud.facts["anon_key"]) | {"Host": f"{cloud.id[:12]}.localhost:{port}"}
    assert emulator.get("/rest/v1/notes", headers=headers).json() == []
    unknown = emulator.get("/rest/v1/notes", headers=headers | {"Host": f"000000000000.localhost:{port}"})
    assert (unknown.status, unknown.json()["code"]) == (404, "cloud_not_found")
    # The default cloud has such a name, and a base below /clouds, too.
    first = emulator.ready["cloud_id"]
    assert emulator.get("/rest/v1/", headers=emulator.keys() | {"Host": f"{first[:12]}.localhost"}).status == 200
    assert request(f"{emulator.base}/clouds/{first}", "GET", "/rest/v1/", headers=emulator.keys()).status == 200


def test_reset_removes_clouds_made_since_the_mark_and_brings_back_deleted_ones(emulator):
    emulator.reset()
    kept = Cloud(emulator, "Kept")
    kept.tool("execute_sql", query="create table notes (text text); insert into notes values ('marked')")
    kept.tool("upsert_secret", key="KEPT_KEY", value="some-value")
    assert emulator.request("POST", "/_emulator/mark", {}).status == 200
    kept.rest("DELETE", "/notes?text=eq.marked")
    later = Cloud(emulator, "Later")
    later.tool("execute_sql", query="create table notes (text text)")
    emulator.reset()
    assert later.request("GET", "/rest/v1/").status == 404
    assert kept.rest("GET", "/notes").json() == [{"text": "marked"}]
    assert emulator.request("DELETE", f"/_emulator/clouds/{kept.id}").status == 200
    assert kept.request("GET", "/rest/v1/").status == 404
    emulator.reset()
    assert kept.rest("GET", "/notes").json() == [{"text": "marked"}]
    assert kept.tool("list_secrets").json() == ["KEPT_KEY"]
    emulator.request("DELETE", f"/_emulator/clouds/{kept.id}")
    emulator.request("POST", "/_emulator/mark", {})
    emulator.reset()
    assert [one["name"] for one in emulator.get("/_emulator/clouds").json()["clouds"]] == ["Local cloud"]


def test_the_default_cloud_stays(emulator):
    answer = emulator.request("DELETE", f"/_emulator/clouds/{emulator.ready['cloud_id']}")
    assert (answer.status, answer.json()["code"]) == (409, "default_cloud")
    assert emulator.request("DELETE", "/_emulator/clouds/nope").status == 404


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 1}, {"name": "x", "project": 1}, []])
def test_a_cloud_needs_a_name(emulator, body):
    assert emulator.request("POST", "/_emulator/clouds", body).status == 422


def test_clouds_outlive_the_process_and_belong_to_projects(tmp_path):
    state = tmp_path / "state"
    created = run("cloud", "create", "Shop", "--project", "Web shop", "--json", "--state", str(state), folder=tmp_path)
    assert created.returncode == 0, created.stderr
    facts = json.loads(created.stdout)
    made = run(
        "sql",
        "-c",
        "create table notes (text text)",
        "--cloud",
        facts["cloud_id"],
        "--state",
        str(state),
        folder=tmp_path,
    )
    assert made.returncode == 0, made.stderr
    with Emulator(state=state, folder=tmp_path) as emulator:
        listed = run("cloud", "list", "--json", "--url", emulator.base, folder=tmp_path)
        clouds = [json.loads(line) for line in listed.stdout.splitlines()]
        assert [cloud["name"] for cloud in clouds] == ["Local cloud", "Shop"]
        assert clouds[1]["anon_key"] == facts["anon_key"]
        base = f"{emulator.base}/clouds/{facts['cloud_id']}"
        assert request(base, "GET", "/rest/v1/notes", headers=emulator.keys(facts["anon_key"])).json() == []
        project = emulator.get(f"/altaner/find?cloud_id={facts['cloud_id']}").json()
        assert project["name"] == "Web shop" and project["id"] != emulator.ready["project_id"]
        assert [item["cloud_id"] for item in project["components"]["items"]] == [facts["cloud_id"]]
        deleted = run("cloud", "delete", facts["cloud_id"], "--url", emulator.base, folder=tmp_path)
        assert deleted.returncode == 0, deleted.stderr
        assert not (state / "clouds" / facts["cloud_id"]).exists()
    assert run("cloud", "delete", "nope", "--state", str(state), folder=tmp_path).returncode == 1
