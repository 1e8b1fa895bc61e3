"""The control plane over HTTP, row by row of the platform's contract. `row` names the row that a test is about; the
table in Tests/Conformance/altan-cloud is made from these marks."""

import csv
import io
import json
import re

import pytest
from emulator import Emulator, request, run

PING = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/ping')\ndef ping():\n    print('pinged')\n    return {version}\n"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ISO8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def platform():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def fresh(platform):
    platform.reset()
    yield platform
    platform.reset()


@pytest.fixture
def cloud(platform):
    return platform.ready["cloud_id"]


@pytest.fixture
def instance(cloud):
    return f"/v1/instances/{cloud}"


def good(answer):
    assert answer.status == 200, answer.text
    return answer.json()


def refused(answer, status: int, code: str):
    error = answer.json()
    assert (answer.status, error["code"]) == (status, code), answer.text
    assert error["detail"], "services and secrets read detail"
    return error


# Instances


@pytest.mark.row("instances.get")
def test_an_instance_has_its_record(fresh, instance, cloud):
    record = good(fresh.get(instance))
    assert record["cloud_id"] == record["id"] == cloud
    assert record["status"] == "running" and record["name"] and record["region"]
    assert ISO8601.fullmatch(record["created_at"]) and ISO8601.fullmatch(record["updated_at"])
    assert record["connection"]["cloud_url"] == fresh.base
    refused(fresh.get(f"/v1/instances/{UNKNOWN}"), 404, "cloud_not_found")


@pytest.mark.row("instances.activate")
def test_activation_makes_a_cloud_once_for_a_component(fresh):
    account = json.loads(fresh.get(f"/altaner/{fresh.ready['project_id']}").body)["account_id"]
    body = {"account_id": account, "name": "Shop", "icon": "cart"}
    path = f"/v1/instances?altaner_component_id={UNKNOWN}"
    made = good(fresh.request("POST", path, body))
    assert made["name"] == "Shop" and UUID.fullmatch(made["id"])
    assert made["connection"]["cloud_url"] == f"{fresh.base}/clouds/{made['id']}"
    assert good(fresh.request("POST", path, body))["id"] == made["id"]
    items = good(fresh.get(f"/altaner/{fresh.ready['project_id']}"))["components"]["items"]
    assert {"id": UNKNOWN, "type": "cloud", "cloud_id": made["id"]}.items() <= items[-1].items()
    refused(fresh.request("POST", "/v1/instances", {"account_id": UNKNOWN, "name": "x"}), 422, "invalid_arguments")


@pytest.mark.row("instances.list")
def test_instances_are_listed(fresh, cloud):
    assert [one["id"] for one in good(fresh.get("/v1/instances"))["instances"]] == [cloud]


# Services


@pytest.mark.row("services.list", "services.get", "services.upsert", "services.record")
def test_one_post_creates_and_updates_a_service(fresh, instance):
    path = f"{instance}/services/services"
    assert good(fresh.get(path)) == {"services": []}
    body = {"name": "pinger", "description": "Answers", "code": PING.format(version=1), "requirements": []}
    good(fresh.request("POST", path, body))
    assert fresh.service("pinger", "/ping").json() == 1
    changed = body | {"code": PING.format(version=2), "description": "Answers again"}
    good(fresh.request("POST", path, changed))
    assert fresh.service("pinger", "/ping").json() == 2
    (listed,) = good(fresh.get(path))["services"]
    record = good(fresh.get(f"{path}/pinger"))
    assert record["code"] == changed["code"] and record["requirements"] == []
    for one in (listed, record):
        assert (one["name"], one["description"]) == ("pinger", "Answers again")
        for moment in ("mounted_at", "created_at", "updated_at"):
            assert ISO8601.fullmatch(one[moment])


@pytest.mark.row("tool.create_service", "tool.update_service")
def test_the_tools_create_and_update_alike(fresh):
    for tool, version in (("create_service", 1), ("create_service", 2), ("update_service", 3)):
        assert fresh.deploy("pinger", PING.format(version=version), tool=tool).status == 200
        assert fresh.service("pinger", "/ping").json() == version
    named = fresh.tool("update_service", name="pinger", code=PING.format(version=4), requirements=[], description="")
    assert named.status == 200 and fresh.service("pinger", "/ping").json() == 4


@pytest.mark.row("services.delete")
def test_a_deleted_service_answers_no_more(fresh, instance):
    path = f"{instance}/services/services"
    good(fresh.request("POST", path, {"name": "gone", "code": PING.format(version=1)}))
    good(fresh.request("DELETE", f"{path}/gone"))
    assert fresh.service("gone", "/ping").status == 404
    refused(fresh.get(f"{path}/gone"), 404, "service_not_found")
    refused(fresh.request("DELETE", f"{path}/gone"), 404, "service_not_found")


@pytest.mark.row("errors.detail")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "Upper", "code": "x"}, "invalid_service_name"),
        ({"name": "with-dash", "code": "x"}, "invalid_service_name"),
        ({"name": "1st", "code": "x"}, "invalid_service_name"),
        ({"name": "", "code": "x"}, "invalid_service_name"),
        ({"name": "a" * 300, "code": "x"}, "invalid_service_name"),
        ({"name": "s"}, "invalid_arguments"),
        ({"name": 1, "code": "x"}, "invalid_arguments"),
        ({"name": "s", "code": "x", "requirements": "httpx"}, "invalid_arguments"),
        ({"name": "s", "code": "x", "description": []}, "invalid_arguments"),
        ([], "invalid_arguments"),
        ("text", "invalid_json"),
    ],
)
def test_a_service_that_cannot_be_says_why(platform, instance, body, code):
    answer = platform.request("POST", f"{instance}/services/services", body)
    assert refused(answer, 400 if code == "invalid_json" else 422, code)["detail"]


# Secrets


@pytest.mark.row("secrets.list", "secrets.upsert")
def test_an_empty_value_keeps_the_old_one(fresh, instance):
    path = f"{instance}/services/secrets"
    assert good(fresh.get(path)) == {"secrets": []}
    good(fresh.request("POST", path, {"key": "API_KEY", "value": "first-value", "description": "one"}))
    edited = fresh.request("POST", path, {"key": "API_KEY", "value": "", "description": "two"})
    assert "first-value" not in edited.text
    (secret,) = good(fresh.get(path))["secrets"]
    assert secret.keys() == {"key", "description", "created_at", "updated_at"}
    assert (secret["key"], secret["description"]) == ("API_KEY", "two")
    code = "import os\nfrom fastapi import APIRouter\nrouter = APIRouter()\nKEY = os.environ['API_KEY']\n"
    code += "@router.get('/length')\ndef length(): return len(KEY)\n"
    good(fresh.request("POST", f"{instance}/services/services", {"name": "reader", "code": code}))
    assert fresh.service("reader", "/length").json() == len("first-value")


@pytest.mark.row("secrets.delete")
def test_a_deleted_secret_is_gone(fresh, instance):
    path = f"{instance}/services/secrets"
    good(fresh.request("POST", path, {"key": "API_KEY", "value": "some-value"}))
    good(fresh.request("DELETE", f"{path}/API_KEY"))
    assert good(fresh.get(path)) == {"secrets": []}
    refused(fresh.request("DELETE", f"{path}/API_KEY"), 404, "secret_not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"key": "WITH SPACE", "value": "x"}, "invalid_secret_key"),
        ({"key": "1ST", "value": "x"}, "invalid_secret_key"),
        ({"key": "NEW_KEY", "value": ""}, "empty_secret_value"),
        ({"key": "NEW_KEY", "value": 7}, "invalid_arguments"),
        ({"value": "x"}, "invalid_arguments"),
    ],
)
def test_a_secret_that_cannot_be_says_why(platform, instance, body, code):
    refused(platform.request("POST", f"{instance}/services/secrets", body), 422, code)


# Logs and measurements


@pytest.mark.row("logs")
def test_logs_have_lines_by_source(fresh, instance, cloud):
    good(fresh.request("POST", f"{instance}/services/services", {"name": "pinger", "code": PING.format(version=1)}))
    fresh.service("pinger", "/ping")
    logs = f"/v1/instances/logs/cloud/{cloud}"
    for path in (logs, f"{logs}/service/pypulse", f"{logs}/service/pinger"):
        lines = good(fresh.get(path))["lines"]
        assert "pinged" in [line["message"] for line in lines]
        moments = [line["timestamp"] for line in lines]
        assert moments == sorted(moments) and all(ISO8601.fullmatch(moment) for moment in moments)
    assert len(good(fresh.get(f"{logs}?tail=1"))["lines"]) == 1
    refused(fresh.get(f"{logs}?tail=none"), 422, "invalid_arguments")
    refused(fresh.get(f"{logs}/service/unheard_of"), 404, "service_not_found")


@pytest.mark.row("logs")
def test_the_parts_of_a_cloud_have_logs(fresh, cloud):
    fresh.request("POST", f"/v1/pg-meta/{cloud}/query", {"query": "select from_nowhere"})
    fresh.rest("GET", "/nowhere?x=eq.1")
    logs = f"/v1/instances/logs/cloud/{cloud}/service"

    def text(source: str) -> str:
        return "\n".join(line["message"] for line in good(fresh.get(f"{logs}/{source}"))["lines"])

    assert 'ERROR:  column "from_nowhere" does not exist' in text("postgres")
    assert "STATEMENT:  select from_nowhere" in text("postgres")
    assert '"GET /nowhere?x=eq.1 HTTP/1.1" 404' in text("postgrest")
    assert "POST /query 400" in text("pg-meta")
    # Those are no services.
    assert "from_nowhere" not in fresh.get(f"/v1/instances/logs/cloud/{cloud}").text
    for source in ("gotrue", "storage"):
        assert refused(fresh.get(f"{logs}/{source}"), 501, "feature_not_supported")["feature"] == f"logs.{source}"


@pytest.mark.row("metrics")
def test_metrics_are_measured(fresh, cloud):
    metrics = good(fresh.get(f"/v1/instances/metrics/cloud/{cloud}"))
    assert (metrics["cloud_id"], metrics["cloud_url"]) == (cloud, fresh.base)
    assert (metrics["anon_key"], metrics["service_role_key"]) == (fresh.anon_key, fresh.service_key)
    kind = metrics["instance_type"]
    assert kind.keys() >= {"id", "name", "display_name", "cpu_cores", "price_per_hour", "storage_gb"}
    assert re.fullmatch(r"\d+m?", kind["cpu_limit"]) and re.fullmatch(r"\d+[MG]i", kind["memory_limit"])
    (pod,) = metrics["pods"]
    assert pod["status"] == "Running" and pod["memory_usage_bytes"] > 1_000_000
    assert pod["cpu_usage_millicores"] >= 0 and pod["memory_limit"] == kind["memory_limit"]


@pytest.mark.row("metrics.history")
@pytest.mark.parametrize("period", ["1h", "6h", "12h", "24h", "2d", "7d", "30d"])
def test_metrics_have_a_history(platform, cloud, period):
    history = good(platform.get(f"/v1/instances/metrics/cloud/{cloud}/history?period={period}"))
    for name in ("cpu_usage_history", "memory_usage_history"):
        assert history[name], name
        assert all(point.keys() == {"timestamp", "value"} for point in history[name])
    assert history["memory_usage_history"][-1]["value"] > 1_000_000


@pytest.mark.row("metrics.history")
def test_an_unknown_period_is_refused(platform, cloud):
    refused(platform.get(f"/v1/instances/metrics/cloud/{cloud}/history?period=1y"), 422, "invalid_arguments")


# Pause, resume, sizes


@pytest.mark.row("scale.up", "scale.down")
def test_a_paused_cloud_answers_503_everywhere_in_it(fresh, instance, cloud):
    services = f"{instance}/services/services"
    good(fresh.request("POST", services, {"name": "pinger", "code": PING.format(version=1)}))
    fresh.sql("create table kept (id integer primary key); insert into kept values (1)")
    assert good(fresh.request("POST", f"/v1/instances/tenant/{cloud}/scale/down"))["status"] == "paused"
    inside = [
        ("GET", "/rest/v1/kept", None),
        ("POST", "/rest/v1/kept", {"id": 2}),
        ("GET", "/services/api/pinger/ping", None),
        ("GET", "/services/openapi.json", None),
        ("GET", "/auth/v1/health", None),
        ("GET", "/storage/v1/bucket", None),
        ("GET", services, None),
        ("POST", services, {"name": "other", "code": PING.format(version=1)}),
        ("GET", f"{instance}/services/secrets", None),
        ("POST", f"/v1/pg-meta/{cloud}/query", {"query": "select 1"}),
        ("GET", f"/v1/pg-meta/{cloud}/tables/", None),
        ("POST", f"{instance}/export-csv", {"table_name": "kept"}),
    ]
    for method, path, body in inside:
        answer = fresh.request(method, path, body, fresh.keys())
        error = refused(answer, 503, "cloud_paused")
        assert answer.headers["Retry-After"] == "0", path
        assert "paused" in error["message"] and "scale/up" in error["hint"]
    for tool in ("execute_sql", "create_service"):
        arguments = {"query": "select 1"} if tool == "execute_sql" else {"service_name": "a", "code": "b"}
        assert fresh.tool(tool, cloud_id=cloud, **arguments).json()["code"] in ("cloud_paused", "invalid_arguments")
    # The control plane itself goes on.
    assert good(fresh.get(instance))["status"] == "paused"
    assert good(fresh.get(f"/v1/instances/metrics/cloud/{cloud}"))["pods"] == []
    assert good(fresh.get(f"/v1/instances/logs/cloud/{cloud}"))["lines"]

    assert good(fresh.request("POST", f"/v1/instances/tenant/{cloud}/scale/up"))["status"] == "running"
    assert fresh.service("pinger", "/ping").json() == 1
    assert fresh.rest("GET", "/kept").json() == [{"id": 1}]


@pytest.mark.row("scale.down")
def test_a_pause_outlives_a_restart_and_ends_with_a_reset(tmp_path):
    state = tmp_path / "state"
    with Emulator(state=state, folder=tmp_path) as emulator:
        cloud = emulator.ready["cloud_id"]
        body = {"name": "pinger", "code": PING.format(version=1)}
        good(emulator.request("POST", f"/v1/instances/{cloud}/services/services", body))
        assert emulator.request("POST", "/_emulator/mark", {}).status == 200
        good(emulator.request("POST", f"/v1/instances/tenant/{cloud}/scale/down"))
    with Emulator(state=state, folder=tmp_path) as emulator:
        assert emulator.service("pinger", "/ping").status == 503
        emulator.reset()
        assert emulator.service("pinger", "/ping").json() == 1
        good(emulator.request("POST", f"/v1/instances/tenant/{cloud}/scale/down"))
        assert emulator.request("POST", "/_emulator/mark", {}).status == 200
        good(emulator.request("POST", f"/v1/instances/tenant/{cloud}/scale/up"))
        assert emulator.service("pinger", "/ping").json() == 1
        emulator.reset()
        assert emulator.service("pinger", "/ping").status == 503


@pytest.mark.row("scale.resources", "types")
def test_a_cloud_changes_its_size(fresh, cloud):
    types = good(fresh.get("/v1/instances/types"))
    assert {one["tier_type"] for one in types} == {"Development", "Production"}
    target = types[-1]
    path = f"/v1/instances/tenant/{cloud}/scale/resources"
    assert good(fresh.request("PUT", path, {"instance_type_name": target["name"]}))["restart_required"] is True
    assert good(fresh.request("PUT", path, {"instance_type": target}))["restart_required"] is False
    assert good(fresh.get(f"/v1/instances/metrics/cloud/{cloud}"))["instance_type"]["id"] == target["id"]
    refused(fresh.request("PUT", path, {"instance_type_name": "huge"}), 422, "instance_type_not_found")
    refused(fresh.request("PUT", path, {}), 422, "invalid_arguments")


# Settings of Auth


@pytest.mark.row("gotrue")
def test_settings_of_auth_are_kept_and_their_secrets_are_not_shown(fresh, cloud):
    path = f"/v1/instances/config/gotrue/{cloud}"
    before = good(fresh.get(path))
    assert before["mail"].keys() == {"host", "port", "user", "password", "admin_email"}
    for provider in ("google", "github", "facebook"):
        assert before[provider].keys() == {"enabled", "client_id", "secret"}
    assert before["general"]["jwt_expiry"] == "3600"
    change = {"mail": {"host": "mail.example", "password": "mail-password-canary"}, "google": {"enabled": True}}
    answer = fresh.request("PUT", path, change)
    assert "canary" not in answer.text
    shown = good(answer)
    assert shown["mail"]["host"] == "mail.example" and shown["google"]["enabled"] is True
    assert set(shown["mail"]["password"]) == {"*"}
    # What was shown can be sent back: the mark keeps the secret.
    assert good(fresh.request("PUT", path, shown)) == shown
    for wrong in ({"mail": {"hots": "x"}}, {"smtp": {}}, {"google": {"enabled": "yes"}}, {"mail": []}, []):
        refused(fresh.request("PUT", path, wrong), 422, "invalid_arguments")
    assert good(fresh.get(path)) == shown


# Database


@pytest.mark.row("pg-meta.query")
def test_sql_gives_rows_and_errors_have_a_message(fresh, cloud):
    path = f"/v1/pg-meta/{cloud}/query"
    assert good(fresh.request("POST", path, {"query": "select 1 as one, 'x' as two"})) == [{"one": 1, "two": "x"}]
    assert good(fresh.request("POST", path, {"query": "create table made (id integer)"})) == []
    failed = fresh.request("POST", path, {"query": "select * from nowhere"})
    error = failed.json()
    assert failed.status == 400
    assert (error["message"], error["code"]) == ('relation "nowhere" does not exist', "42P01")
    assert error["error"].startswith('ERROR:  42P01: relation "nowhere" does not exist')
    refused(fresh.request("POST", path, {}), 422, "invalid_arguments")
    refused(fresh.request("POST", f"/v1/pg-meta/{UNKNOWN}/query", {"query": "select 1"}), 404, "cloud_not_found")


BUILT_IN = "auth,storage,cron,net,realtime,supabase_functions,vault"
TABLES = """
create type mood as enum ('low', 'high');
create table owners (id bigint generated by default as identity primary key, mail text unique not null);
comment on table owners is 'Who owns';
create table pets (
    id uuid primary key default gen_random_uuid(), owner_id bigint references owners (id), name varchar(40) default 'Rex',
    age integer check (age >= 0), mood mood, tags text[], weight numeric(5, 2) default 1.5,
    born timestamptz not null default now());
alter table pets enable row level security;
create schema side; create table side.other (id integer);
"""


@pytest.mark.row("pg-meta.tables")
def test_tables_have_postgres_metas_shape(fresh, cloud):
    fresh.sql(TABLES)
    path = f"/v1/pg-meta/{cloud}/tables/"
    every = good(fresh.get(path))
    assert {("public", "pets"), ("side", "other")} <= {(one["schema"], one["name"]) for one in every}
    tables = {
        one["name"]: one for one in good(fresh.get(f"{path}?include_columns=true&excluded_schemas={BUILT_IN},side"))
    }
    assert set(tables) == {"owners", "pets"}
    pets, owners = tables["pets"], tables["owners"]
    assert (pets["rls_enabled"], owners["rls_enabled"], owners["comment"]) == (True, False, "Who owns")
    assert isinstance(pets["id"], int)
    assert [key["name"] for key in pets["primary_keys"]] == ["id"]
    for table in (pets, owners):
        (link,) = table["relationships"]
        assert (link["constraint_name"], link["source_column_name"]) == ("pets_owner_id_fkey", "owner_id")
        assert (link["target_table_name"], link["target_column_name"]) == ("owners", "id")
    columns = {column["name"]: column for column in pets["columns"]}
    shown = {name: (column["data_type"], column["format"]) for name, column in columns.items()}
    assert shown == {
        "id": ("uuid", "uuid"),
        "owner_id": ("bigint", "int8"),
        "name": ("character varying", "varchar"),
        "age": ("integer", "int4"),
        "mood": ("USER-DEFINED", "mood"),
        "tags": ("ARRAY", "_text"),
        "weight": ("numeric", "numeric"),
        "born": ("timestamp with time zone", "timestamptz"),
    }
    assert columns["mood"]["enums"] == ["low", "high"]
    assert columns["id"]["default_value"] == "gen_random_uuid()"
    assert columns["name"]["default_value"] == "'Rex'::character varying"
    assert (columns["born"]["default_value"], columns["born"]["is_nullable"]) == ("now()", False)
    assert columns["age"]["check"] == "age >= 0"
    identity = owners["columns"][0]
    assert (identity["is_identity"], identity["identity_generation"]) == (True, "BY DEFAULT")
    assert owners["columns"][1]["is_unique"] is True
    assert all("columns" not in one for one in good(fresh.get(f"{path}?include_columns=false")))


@pytest.mark.row("pg-meta.tables")
def test_tables_are_made_and_dropped(fresh, cloud):
    path = f"/v1/pg-meta/{cloud}/tables/"
    made = good(fresh.request("POST", path, {"name": 'Odd "name"', "comment": "It's odd"}))
    assert (made["name"], made["schema"], made["comment"]) == ('Odd "name"', "public", "It's odd")
    assert good(fresh.request("DELETE", f"{path}{made['id']}"))["id"] == made["id"]
    refused(fresh.request("DELETE", f"{path}{made['id']}"), 404, "table_not_found")
    refused(fresh.request("DELETE", f"{path}nonsense"), 404, "table_not_found")
    refused(fresh.request("POST", path, {}), 422, "invalid_arguments")
    again = fresh.request("POST", path, {"name": "x", "schema": "nowhere"})
    assert (again.status, again.json()["message"]) == (400, 'schema "nowhere" does not exist')


@pytest.mark.row("export-csv")
def test_a_table_is_exported_as_csv(fresh, instance):
    fresh.sql("""create table exported (id integer primary key, note text, amount numeric);
        insert into exported values (1, 'plain', 1.50), (2, 'with "quotes", and' || chr(10) || 'lines', null), (3, '', 0)""")
    answer = fresh.request("POST", f"{instance}/export-csv", {"table_name": "exported"})
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text.startswith("id,note,amount\n1,plain,1.50\n")
    assert list(csv.reader(io.StringIO(answer.text)))[2] == ["2", 'with "quotes", and\nlines', ""]
    assert answer.text.endswith('3,"",0\n')
    refused(fresh.request("POST", f"{instance}/export-csv", {"table_name": "nowhere"}), 404, "table_not_found")
    refused(fresh.request("POST", f"{instance}/export-csv", {}), 422, "invalid_arguments")


# Projects


@pytest.mark.row("altaner.get", "altaner.find")
def test_a_project_has_its_cloud_as_a_component(fresh, cloud):
    project = good(fresh.get(f"/altaner/{fresh.ready['project_id']}"))
    assert project.keys() >= {"id", "name", "description", "account_id", "frontend_preview_url", "frontend_live_url"}
    assert project["meta_data"]["variables"] == {}
    (item,) = project["components"]["items"]
    assert (item["type"], item["cloud_id"], item["params"]["url"]) == ("cloud", cloud, fresh.base)
    assert good(fresh.get(f"/altaner/find?cloud_id={cloud}")) == project
    refused(fresh.get(f"/altaner/{UNKNOWN}"), 404, "project_not_found")
    refused(fresh.get(f"/altaner/find?cloud_id={UNKNOWN}"), 404, "cloud_not_found")
    refused(fresh.get("/altaner/find"), 422, "invalid_arguments")


# Who may ask


@pytest.mark.row("tokens")
def test_any_token_is_taken_unless_some_are_named(tmp_path, platform, instance):
    for headers in ({}, {"Authorization": "Bearer anything"}, {"X-Altan-Key": "anything"}):
        assert platform.get(instance, headers=headers).status == 200
    for headers in ({"Authorization": "Bearer "}, {"Authorization": "Basic abc"}, {"X-Altan-Key": ""}):
        refused(platform.get(instance, headers=headers), 401, "invalid_token")
    for tokens, accepted in ((["first-token", "second-token"], "second-token"), ("any", "whatever")):
        file = tmp_path / "emulator.json"
        file.write_text(json.dumps({"control_plane": {"tokens": tokens}}))
        with Emulator("--config", str(file)) as emulator:
            path = f"/v1/instances/{emulator.ready['cloud_id']}"
            answer = emulator.get(path)
            assert refused(answer, 401, "invalid_token") and answer.headers["WWW-Authenticate"] == "Bearer"
            for headers in ({"Authorization": f"Bearer {accepted}"}, {"X-Altan-Key": accepted}):
                assert emulator.get(path, headers=headers).status == 200
            if tokens != "any":
                refused(emulator.get(path, headers={"X-Altan-Key": "third-token"}), 401, "invalid_token")
            # Tools stay open, and the command line takes its token from the environment.
            assert emulator.tool("list_secrets").status == 200
            arguments = ["logs", "--url", emulator.base]
            assert run(*arguments, folder=tmp_path).returncode == 1
            environment = {"ALTAN_API_KEY": accepted, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
            assert run(*arguments, folder=tmp_path, environment=environment).returncode == 0


# What is not emulated


@pytest.mark.row("mcp-app", "connectors", "terminal", "dead-paths", "buckets", "agents", "functions")
@pytest.mark.parametrize(
    ("method", "path", "feature"),
    [
        ("POST", "/account/{account}/mcp-app?cloud_id={cloud}", "altan.mcp-app"),
        ("GET", "/connection/all", "altan.connectors"),
        ("POST", "/connection/{unknown}/actions/send/execute", "altan.connectors"),
        ("GET", "/connection-type/all", "altan.connectors"),
        ("POST", "/terminal", "altan.terminal"),
        ("GET", "/agent/all", "altan.agents"),
        ("GET", "/room/{unknown}", "altan.rooms"),
        *[
            ("POST", f"/{{cloud}}/{name}", "altan.dead-path")
            for name in ("start", "stop", "restart", "pause", "resume")
        ],
        *[("GET", f"/{{cloud}}/{name}", "altan.dead-path") for name in ("metrics", "logs", "storage/buckets")],
        *[("POST", f"/v1/instances/{{cloud}}/{name}", "altan.dead-path") for name in ("start", "restart")],
        ("GET", "/v1/instances/{cloud}/functions/functions", "altan.control-plane"),
        ("GET", "/v1/pg-meta/{cloud}/columns", "altan.pg-meta"),
    ],
)
def test_what_is_not_emulated_answers_501_by_name(platform, cloud, method, path, feature):
    answer = platform.request(method, path.format(cloud=cloud, unknown=UNKNOWN, account=UNKNOWN))
    assert refused(answer, 501, "feature_not_supported")["feature"] == feature


@pytest.mark.row("tool.elsewhere")
@pytest.mark.parametrize("name", ["terminal", "list_connectors", "create_version", "commit", "upsert_server_tool"])
def test_tools_of_the_platform_that_are_not_here_answer_501_by_name(platform, name):
    answer = platform.tool(name, cmd="ls")
    assert refused(answer, 501, "feature_not_supported")["feature"] == f"tools.{name}"
    assert answer.json()["next_step"] and name not in [one["name"] for one in good(platform.get("/tools"))["tools"]]
    refused(platform.tool("no_such_tool"), 404, "tool_not_found")


@pytest.mark.row("tool.connector_request")
def test_a_connector_cannot_be_asked_for_and_the_reply_says_what_can(platform):
    answer = platform.tool("create_authorization_request", connection_type_id=UNKNOWN, message="Connect the calendar")
    refusal = refused(answer, 501, "feature_not_supported")
    assert refusal["feature"] == "connectors" and "custom_secrets" in refusal["next_step"]
    assert good(platform.tool("list_authorization_requests"))["authorization_requests"] == []


@pytest.mark.row("tool.activate_cloud")
def test_the_tool_activates_a_cloud_once_for_a_name(fresh, cloud):
    known = good(fresh.tool("activate_cloud"))
    assert (known["cloud_id"], known["base_url"], known["created"]) == (cloud, fresh.base, False)
    made = good(fresh.tool("activate_cloud", name="Second"))
    assert made["created"] is True and UUID.fullmatch(made["cloud_id"]) and made["cloud_id"] != cloud
    again = good(fresh.tool("activate_cloud", name="Second"))
    assert (again["cloud_id"], again["created"]) == (made["cloud_id"], False)
    # It is empty, and its own: what is stored there is not in the first one.
    assert good(fresh.tool("list_secrets", cloud_id=made["cloud_id"])) == []
    good(fresh.tool("upsert_secret", cloud_id=made["cloud_id"], key="SECOND_KEY", value="fake"))
    assert good(fresh.tool("list_secrets", cloud_id=cloud)) == []
    assert good(fresh.tool("get_cloud", cloud_id=made["cloud_id"]))["base_url"] == made["base_url"]
    refused(fresh.tool("activate_cloud", project_id=UNKNOWN), 404, "project_not_found")
    refused(fresh.tool("activate_cloud", name=["x"]), 422, "invalid_arguments")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", ""),
        ("DELETE", "/services/services"),
        ("PUT", "/services/secrets"),
        ("PATCH", "/services/services/x"),
    ],
)
def test_another_method_is_405(platform, instance, method, path):
    refused(platform.request(method, instance + path), 405, "method_not_allowed")


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 2000, b'{"name": "x"'])
def test_what_is_no_json_is_400(platform, instance, body):
    for path in (f"{instance}/services/services", f"{instance}/services/secrets", "/authorization-request"):
        refused(platform.request("POST", path, body), 400, "invalid_json")


def test_other_sites_pages_may_not_ask(platform, instance):
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        refused(platform.request("POST", f"{instance}/services/secrets", {}, headers), 403, "cross_site_request")


def test_writes_are_in_the_journal_without_their_secrets(fresh, instance):
    good(fresh.request("POST", f"{instance}/services/secrets", {"key": "API_KEY", "value": "journal-canary"}))
    lines = good(fresh.get("/_emulator/journal"))
    line = [one for one in lines if one["kind"] == "control" and one["path"].endswith("/secrets")][-1]
    assert (line["method"], line["status"], line["caller"]) == ("POST", 200, "http")
    assert "journal-canary" not in json.dumps(lines)


def test_deployments_of_one_service_at_once_end_with_one_of_them(fresh, instance):
    from concurrent.futures import ThreadPoolExecutor

    def deploy(version: int):
        body = {"name": "racer", "code": PING.format(version=version)}
        return request(fresh.base, "POST", f"{instance}/services/services", body, timeout=120)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(deploy, range(6)))
    assert [answer.status for answer in answers] == [200] * 6
    newest = max(range(6), key=lambda version: answers[version].json()["deployment"]["number"])
    assert fresh.service("racer", "/ping").json() == newest
