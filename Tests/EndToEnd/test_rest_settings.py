"""PostgREST's options by their own names, set at run time, and the headers that show what a request went through."""

import json
from http.client import HTTPConnection

import pytest
from emulator import SEEDS, Emulator

SQL = """
create function public.before() returns void language plpgsql as $$
begin
    if current_setting('request.headers', true)::json ->> 'x-stop' is not null then
        raise sqlstate 'PT429' using message = 'Too Many', hint = 'slow down';
    end if;
    perform set_config('response.headers', '[{"X-Before": "yes"}]', true);
end $$;
create function public.root() returns json language sql stable as $$ select '{"hello": "root"}'::json $$;
create function public.app_host() returns text language sql stable as $$ select current_setting('app.settings.host', true) $$;
create schema hidden;
create function hidden.secret_sum(a integer, b integer) returns integer language sql immutable as 'select a + b';
create function public.uses_hidden() returns integer language plpgsql stable as 'begin return secret_sum(1, 2); end';
create role clerk;
grant usage on schema public to clerk;
create function public.as_clerk() returns void language plpgsql as 'begin set local role clerk; end';
create function public.who() returns text language sql stable as 'select current_user::text';
create table public.slots (n integer unique deferrable initially immediate);
create function public.same_twice() returns void language plpgsql as $$
begin
    set constraints all deferred;
    insert into slots values (1), (1);
end $$;
grant usage on schema hidden to anon, authenticated, service_role;
"""


@pytest.fixture(scope="module")
def place():
    with Emulator(seed=SEEDS / "builder") as emulator:
        emulator.sql(SQL + "select 1 as ready")
        yield emulator


@pytest.fixture
def configure(place):
    def change(**options):
        named = {name.replace("__", ".").replace("_", "-"): value for name, value in options.items()}
        answer = place.request("POST", "/_emulator/postgrest", named)
        assert answer.status == 200, answer.text
        return place

    yield change
    place.request("POST", "/_emulator/postgrest", {})


def test_schemas_choose_what_is_exposed(configure):
    place = configure(db_schemas="attic, public")
    assert place.rest("GET", "/boxes").headers["Content-Profile"] == "attic"
    assert place.rest("GET", "/items", headers={"Accept-Profile": "public"}).status == 200
    refused = place.rest("GET", "/items", headers={"Accept-Profile": "hidden"})
    assert (refused.status, refused.json()["hint"]) == (406, "Only the following schemas are exposed: attic, public")


def test_the_search_path_finds_functions_that_are_not_exposed(configure):
    place = configure(db_extra_search_path="public, hidden")
    assert place.rest("POST", "/rpc/uses_hidden").json() == 3
    assert place.rest("GET", "/rpc/secret_sum?a=1&b=2").status == 404
    assert configure(db_extra_search_path="public").rest("POST", "/rpc/uses_hidden").status == 404


def test_a_function_runs_before_each_request(configure):
    place = configure(db_pre_request="before")
    assert place.rest("GET", "/items?select=id&limit=1").headers["X-Before"] == "yes"
    assert place.rest("DELETE", "/items?id=eq.99").headers["X-Before"] == "yes"
    stopped = place.rest("GET", "/items", headers={"X-Stop": "1"})
    assert (stopped.status, stopped.json()["message"], stopped.json()["hint"]) == (429, "Too Many", "slow down")


def test_that_function_may_take_a_plain_role(configure):
    assert configure(db_pre_request="as_clerk").rest("POST", "/rpc/who").json() == "clerk"


def test_rows_are_limited(configure):
    place = configure(db_max_rows=2)
    assert len(place.rest("GET", "/items").json()) == 2
    assert len(place.rest("GET", "/items?limit=3").json()) == 2
    assert len(place.rest("POST", "/rpc/all_items", {}).json()) == 2
    assert place.rest("POST", "/rpc/evens", {"top": 10}).json() == [2, 4]
    counted = place.rest("GET", "/items", headers={"Prefer": "count=exact"})
    assert (counted.status, counted.headers["Content-Range"]) == (206, "0-1/4")


def test_aggregates_are_allowed(configure, place):
    assert place.rest("GET", "/items?select=id.sum()").json()["code"] == "PGRST123"
    assert configure(db_aggregates_enabled=True).rest("GET", "/items?select=id.sum()").json() == [{"sum": 10}]


@pytest.mark.parametrize(
    ("end", "prefer", "stays", "applied"),
    [
        ("commit", "rollback", True, None),
        ("commit-allow-override", "rollback", False, "tx=rollback"),
        ("rollback", "commit", False, None),
        ("rollback-allow-override", "commit", True, "tx=commit"),
    ],
)
def test_how_a_transaction_ends(end, prefer, stays, applied, configure):
    place = configure(db_tx_end=end)
    answer = place.rest("POST", "/parts", {"id": 77, "item_id": 1, "label": "x"}, headers={"Prefer": f"tx={prefer}"})
    assert (answer.status, answer.headers["Preference-Applied"]) == (201, applied)
    place = configure()
    assert bool(place.rest("GET", "/parts?id=eq.77").json()) is stays
    place.rest("DELETE", "/parts?id=eq.77")


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_what_fails_at_commit_fails_also_when_it_is_undone(end, configure):
    refused = configure(db_tx_end=end).rest("POST", "/rpc/same_twice")
    assert (refused.status, refused.json()["code"]) == (409, "23505")


def test_the_root_is_a_document_a_function_or_nothing(configure):
    document = configure(openapi_mode="ignore-privileges").rest("GET", "/").json()
    assert document["swagger"] == "2.0" and "/rpc/add_up" in document["paths"] and "security" not in document
    secured = configure(openapi_security_active=True, openapi_server_proxy_uri="https://api.example.com/base").rest(
        "GET", "/"
    )
    document = secured.json()
    assert secured.headers["Content-Type"] == "application/openapi+json; charset=utf-8"
    assert document["securityDefinitions"]["JWT"]["type"] == "apiKey" and document["security"] == [{"JWT": []}]
    assert (document["schemes"], document["host"], document["basePath"]) == (["https"], "api.example.com:443", "/base")
    assert configure(openapi_mode="disabled").rest("GET", "/").json()["code"] == "PGRST126"
    assert configure(db_root_spec="root").rest("GET", "/").json() == {"hello": "root"}


def test_every_response_says_how_long_it_took(configure):
    place = configure(server_timing_enabled=True)
    timing = place.rest("GET", "/items").headers["Server-Timing"]
    assert [part.split(";")[0] for part in timing.split(", ")] == ["jwt", "parse", "plan", "transaction", "response"]
    assert configure().rest("GET", "/items").headers["Server-Timing"] is None


def test_a_trace_is_handed_back(configure):
    place = configure(server_trace_header="X-Request-Id")
    assert place.rest("GET", "/items", headers={"X-Request-Id": "abc"}).headers["X-Request-Id"] == "abc"
    assert place.rest("GET", "/nope", headers={"X-Request-Id": "abc"}).headers["X-Request-Id"] == "abc"
    assert place.rest("GET", "/items").headers["X-Request-Id"] is None
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    place = configure(server_trace_header="traceparent")
    assert place.rest("GET", "/items", headers={"traceparent": parent}).headers["traceparent"] == parent


def test_errors_say_less(configure):
    place = configure(client_error_verbosity="minimal")
    answer = place.rest("GET", "/item")
    assert answer.json().keys() == {"code", "message"}
    assert answer.headers["Proxy-Status"] == "PostgREST; error=PGRST205"
    assert configure(client_error_verbosity="verbose").rest("GET", "/item").json()["hint"]


def test_targets_are_called_by_their_alias_alone(configure, place):
    path = "/items?select=id,p:parts(id)&parts.id=eq.1&id=eq.1"
    assert place.rest("GET", path).headers["Warning"].startswith('299 PostgRESTv16.2 "')
    refused = configure(url_use_legacy_target_names=False).rest("GET", path)
    assert (refused.status, refused.json()["hint"]) == (400, "Change 'parts' to 'p' in filters, orders or limits.")


def test_the_application_has_settings(configure):
    assert configure(app__settings__host="localhost").rest("POST", "/rpc/app_host").json() == "localhost"
    assert configure().rest("POST", "/rpc/app_host").json() is None


def test_pages_of_some_origins(configure, place):
    def answered(origin: str):
        headers = place.rest("GET", "/items", headers={"Origin": origin}).headers
        return headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Credentials"]

    assert answered("http://a.example") == ("*", None)
    configure(server_cors_allowed_origins="http://a.example, http://b.example")
    assert answered("http://b.example") == ("http://b.example", "true")
    assert answered("http://c.example") == (None, None)


def test_a_page_asks_before_it_sends(place):
    asked = {"Origin": "http://a.example", "Access-Control-Request-Method": "POST"}
    answer = place.rest("OPTIONS", "/items", headers=asked | {"Access-Control-Request-Headers": "X-One,x-two"})
    allowed = "Authorization, X-One, x-two, Accept, Accept-Language, Content-Language"
    assert (answer.status, answer.headers["Access-Control-Allow-Headers"]) == (200, allowed)


def test_anonymous_requests_have_a_role_or_none(configure):
    place = configure(api_key="optional", db_anon_role="anon")
    assert place.get("/rest/v1/items?select=id&limit=1").json() == [{"id": 1}]
    refused = configure(api_key="optional", db_anon_role=None).get("/rest/v1/items")
    assert (refused.status, refused.json()["code"], refused.headers["WWW-Authenticate"]) == (401, "PGRST302", "Bearer")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("db-shemas", "x"),
        ("db-tx-end", "perhaps"),
        ("db-max-rows", "many"),
        ("client-error-verbosity", "loud"),
        ("openapi-mode", "x"),
    ],
)
def test_an_option_that_means_nothing_is_refused_by_name(name, value, place):
    answer = place.request("POST", "/_emulator/postgrest", {name: value})
    assert answer.status == 400 and name in answer.text


def test_a_function_writes_the_whole_status_line(configure):
    place = configure(db_pre_request="before")
    connection = HTTPConnection(place.base.removeprefix("http://"))
    connection.request("GET", "/rest/v1/items", headers=place.keys() | {"X-Stop": "1"})
    assert connection.getresponse().reason == "Too Many"
    connection.close()


def test_a_plan_says_how_rows_are_found(configure, place):
    plan = {"Accept": "application/vnd.pgrst.plan+json"}
    assert place.rest("GET", "/items", headers=plan).json()["code"] == "PGRST107"
    configure(db_plan_enabled=True)
    answer = place.rest("GET", "/items?id=eq.1&select=id,parts(id)&order=name", headers=plan)
    assert answer.headers["Content-Type"] == 'application/vnd.pgrst.plan+json; for="application/json"; charset=utf-8'
    root = answer.json()[0]["Plan"]
    assert root["Node Type"] == "Aggregate" and {"Startup Cost", "Total Cost", "Plan Rows"} <= root.keys()
    text = json.dumps(root)
    assert '"Index Name": "items_pkey"' in text and '"Relation Name": "items"' in text and '"Nested Loop"' in text
    sort = place.rest("GET", "/items?order=notes", headers=plan).json()[0]["Plan"]["Plans"][0]
    assert (sort["Node Type"], sort["Plans"][0]["Node Type"]) == ("Sort", "Seq Scan")
    analyzed = place.rest("GET", "/items?id=lt.3", headers={"Accept": "application/vnd.pgrst.plan; options=analyze"})
    assert analyzed.text.splitlines()[0].startswith("Aggregate  (cost=") and "actual rows=2" in analyzed.text
    assert "Function Scan" in place.rest("GET", "/rpc/all_items", headers=plan).text
    every = {
        "Accept": 'application/vnd.pgrst.plan+json; for="application/vnd.pgrst.object"; options=verbose|settings|buffers|wal'
    }
    told = place.rest("GET", "/parts?select=id,label", headers=every)
    assert (
        'for="application/vnd.pgrst.object+json"; options=verbose|settings|buffers|wal;' in told.headers["Content-Type"]
    )
    assert told.json()[0]["Settings"]["search_path"].startswith('"public"')
    root = told.json()[0]["Plan"]
    assert root["Output"][2] == "COALESCE((json_agg(ROW(parts.id, parts.label)) -> 0), 'null'::json)"
    assert root["Plans"][0]["Output"] == ["parts.id", "parts.label"]
    assert (root["Shared Hit Blocks"], root["WAL Records"]) == (0, 0)


def test_the_plan_of_a_write_writes_nothing(configure):
    place = configure(db_plan_enabled=True)
    before = place.rest("GET", "/parts?order=id").json()
    plan = {"Accept": "application/vnd.pgrst.plan+json"}
    for method, path, body in [
        ("DELETE", "/parts", None),
        ("PATCH", "/parts", {"label": "x"}),
        ("POST", "/parts", {"id": 99, "item_id": 1, "label": "x"}),
    ]:
        answer = place.rest(method, path, body, headers=plan)
        assert answer.json()[0]["Plan"]["Plans"][0]["Node Type"] == "ModifyTable"
    assert place.rest("GET", "/parts?order=id").json() == before


INSTEAD_OF = """
create table shelf (id int primary key, label text);
create view shelves as select distinct id, label from shelf;
create function shelve() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then insert into shelf values (new.id, new.label); return new; end if;
  if tg_op = 'UPDATE' then update shelf set label = new.label where id = old.id; return new; end if;
  delete from shelf where id = old.id;
  return old;
end $$;
create trigger shelve instead of insert or update or delete on shelves for each row execute function shelve();
"""


def test_instead_of_triggers_make_a_view_writable():
    with Emulator() as emulator:
        emulator.sql(INSTEAD_OF)

        def ask(method: str, path: str, body=None):
            answer = emulator.rest(method, path, body, headers={"Prefer": "return=representation"})
            return answer.status, answer.json()

        assert ask("POST", "/shelves", {"id": 1, "label": "a"}) == (201, [{"id": 1, "label": "a"}])
        assert ask("PATCH", "/shelves?id=eq.1", {"label": "b"}) == (200, [{"id": 1, "label": "b"}])
        assert ask("PATCH", "/shelves?id=eq.2", {"label": "c"}) == (200, [])
        assert emulator.sql("select * from shelf") == [{"id": 1, "label": "b"}]
        assert ask("DELETE", "/shelves?id=eq.1") == (200, [{"id": 1, "label": "b"}])
        assert emulator.sql("select * from shelf") == []
