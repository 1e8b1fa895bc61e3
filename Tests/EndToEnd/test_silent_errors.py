"""What emulators of Supabase get wrong without a word: each a case with the answer of PostgreSQL and PostgREST."""

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from emulator import SEEDS, Emulator, request

USER = "11111111-1111-4111-8111-111111111111"


@dataclass
class Case:
    name: str
    method: str
    path: str
    status: int
    # A list: the rows, an object: members of the body, None: anything.
    body: object = None
    send: object = None
    role: str = "service"
    headers: tuple = ()

    def __str__(self):
        return self.name.replace(" ", "-")


ALL = [{"id": 1}, {"id": 2}, {"id": 3}]
KEEP = (("Prefer", "return=representation"),)
NO_PARENT = {"code": "23503", "message": 'insert or update on table "children" violates foreign key constraint "children_parent_id_fkey"'}  # fmt: skip

CASES = [
    # Filters that are dropped
    Case("an unknown column in a filter", "GET", "/parents?nope=eq.nope", 400, {"code": "42703", "message": "column parents.nope does not exist"}),
    Case("an unknown column in a select", "GET", "/parents?select=zzz", 400, {"code": "42703", "message": "column parents.zzz does not exist"}),
    Case("an unknown column in an order", "GET", "/parents?order=zzz", 400, {"code": "42703"}),
    Case("an unknown column in logic", "GET", "/parents?or=(zzz.eq.1,id.eq.1)", 400, {"code": "42703"}),
    Case("an unknown operator", "GET", "/parents?id=like_any.1", 400, {"code": "PGRST100"}),
    Case("an unknown operator of a PATCH", "PATCH", "/parents?id=nope.1", 400, {"code": "PGRST100"}, {"code": "z"}),
    Case("an unknown operator of a DELETE", "DELETE", "/parents?id=nope.1", 400, {"code": "PGRST100"}),
    Case("a value without an operator", "DELETE", "/children?id=1", 400, {"code": "PGRST100"}),
    Case("cs narrows a PATCH", "PATCH", "/parents?tags=cs.{sea}&select=id", 200, [{"id": 1}], {"code": "z"}, headers=KEEP),
    Case("cs on a number is refused", "PATCH", "/parents?id=cs.{1}", 404, {"code": "42883"}, {"code": "z"}),
    Case("adj narrows a DELETE", "DELETE", "/parents?span=adj.[9,10)&select=id", 200, [{"id": 2}], headers=KEEP),
    Case("adj on a number is refused", "DELETE", "/parents?id=adj.(9,10)", 404, {"code": "42883"}),
    Case("sl narrows a read", "GET", "/parents?span=sl.[5,9)&select=id", 200, [{"id": 1}]),
    Case("ov narrows a read", "GET", "/parents?tags=ov.{sand,x}&select=id", 200, [{"id": 2}]),
    Case("an embed that is not selected", "GET", "/parents?children.id=eq.1", 400, {"code": "PGRST108"}),
    Case("an unknown embed", "GET", "/parents?select=id,nope(*)", 400, {"code": "PGRST200"}),
    Case("an unknown table", "GET", "/parent", 404, {"code": "PGRST205"}),
    Case("an unknown column of a body", "PATCH", "/parents?id=eq.1", 400, {"code": "PGRST204"}, {"nope": 1}),
    Case("an unknown preference under strict handling", "GET", "/parents", 400, {"code": "PGRST122"}, headers=(("Prefer", "handling=strict, nope=1"),)),
    Case("a DELETE of everything", "DELETE", "/children?select=id", 200, [{"id": 1}, {"id": 2}], headers=KEEP),
    # Keys and constraints
    Case("a duplicate key", "POST", "/parents", 409, {"code": "23505", "message": 'duplicate key value violates unique constraint "parents_pkey"', "details": "Key (id)=(1) already exists."}, {"id": 1, "name": "z"}),
    Case("a duplicate name", "POST", "/parents", 409, {"code": "23505", "details": "Key (name)=(a) already exists."}, {"id": 9, "name": "a"}),
    Case("a reference to nothing", "POST", "/children", 409, NO_PARENT, {"id": 9, "parent_id": 99}),
    Case("a reference that is needed", "DELETE", "/parents?id=eq.1", 409, {"code": "23503"}),
    Case("a missing value", "POST", "/parents", 400, {"code": "23502", "details": "Failing row contains (9, null, null, null, null)."}, {"id": 9}),
    Case("a check with trim and coalesce", "POST", "/kinds", 400, {"code": "23514"}, {"id": 9, "word": "  "}),
    Case("a check with between", "POST", "/kinds", 400, {"code": "23514"}, {"id": 9, "amount": -1}),
    Case("a partial unique index", "POST", "/slots", 409, {"code": "23505"}, {"id": 9, "room": "r", "open": True}),
    Case("and what it leaves free", "POST", "/slots", 201, None, {"id": 9, "room": "r", "open": False}),
    # Types before anything runs
    Case("a text that is no number", "GET", "/parents?id=eq.x", 400, {"code": "22P02", "message": 'invalid input syntax for type integer: "x"'}),
    Case("a day that is none", "GET", "/children?day=eq.2024-02-30", 400, {"code": "22008"}),
    Case("a text too long", "PATCH", "/parents?id=eq.1", 400, {"code": "22001"}, {"code": "abcdef"}),
    Case("a number out of range", "GET", "/parents?id=eq.99999999999", 400, {"code": "22003"}),
    Case("booleans in any spelling", "GET", "/kinds?flag=eq.YES&select=id", 200, [{"id": 1}]),
    Case("nulls are last going up", "GET", "/kinds?select=id&order=flag,id", 200, [{"id": 2}, {"id": 1}, {"id": 3}]),
    Case("nulls are first going down", "GET", "/kinds?select=id&order=flag.desc,id", 200, [{"id": 3}, {"id": 1}, {"id": 2}]),
    Case("names in their language's order", "GET", "/parents?select=name&order=name", 200, [{"name": "a"}, {"name": "b"}, {"name": "C"}]),
    Case("like minds the case", "GET", "/kinds?word=like.Z*&select=id", 200, [{"id": 1}]),
    Case("ilike does not, beyond ASCII", "GET", "/kinds?word=ilike.zO%C3%8B&select=id", 200, [{"id": 1}]),
    Case("like on a number is refused", "GET", "/parents?id=like.1", 404, {"code": "42883", "message": "operator does not exist: integer ~~ unknown"}),
    Case("neq leaves nulls out", "GET", "/parents?code=neq.x&select=id", 200, [{"id": 3}]),
    Case("numbers keep their scale", "GET", "/kinds?select=amount&id=eq.1", 200, '[{"amount":1.1000000000}]'),
    Case("floats of one word keep their digits", "GET", "/kinds?select=ratio&order=id", 200, '[{"ratio":0.1}, \n {"ratio":1e+10}, \n {"ratio":null}]'),
    Case("moments have their T and offset", "GET", "/kinds?select=moment,zoned&id=eq.1", 200, [{"moment": "2024-01-02T03:04:05.6", "zoned": "2024-01-02T01:04:05+00:00"}]),
    Case("columns come in their order", "GET", "/parents?id=eq.1", 200, '[{"id":1,"name":"a","code":"x","tags":["sea"],"span":"[1,5)"}]'),
    # Row security
    Case("no policy, no rows", "GET", "/locked?select=id", 200, [], role="anon"),
    Case("no policy, no insert", "POST", "/locked", 401, {"code": "42501", "message": 'new row violates row-level security policy for table "locked"'}, {"id": 9}, role="anon"),
    Case("no policy, no delete", "DELETE", "/locked?select=id", 200, [], role="anon", headers=KEEP),
    Case("the service sees everything", "GET", "/locked?select=id", 200, [{"id": 1}, {"id": 2}]),
    Case("two policies are one or the other", "GET", "/doubled?select=id&order=id", 200, [{"id": 1}, {"id": 2}, {"id": 3}], role="anon"),
    Case("a policy with a subquery", "GET", "/club?select=id", 200, [{"id": 1}], role=USER),
    Case("and for somebody else", "GET", "/club?select=id", 200, [], role="22222222-2222-4222-8222-222222222222"),
    Case("nobody's id is null", "GET", "/notes?select=id", 200, [], role="anon"),
    Case("one's own rows", "GET", "/notes?select=id", 200, [{"id": 1}], role=USER),
    Case("the default is the caller", "POST", "/notes?select=author", 201, [{"author": USER}], {"id": 9, "body": "x"}, role=USER, headers=KEEP),
    Case("no row for somebody else", "POST", "/notes", 403, {"code": "42501"}, {"id": 9, "author": "22222222-2222-4222-8222-222222222222"}, role=USER),
    Case("no update of somebody else's", "PATCH", "/notes?select=id", 200, [{"id": 1}], {"body": "x"}, role=USER, headers=KEEP),
    Case("no delete of somebody else's", "DELETE", "/notes?select=id", 200, [{"id": 1}], role=USER, headers=KEEP),
]  # fmt: skip


@pytest.fixture(scope="module")
def place():
    with Emulator(seed=SEEDS / "silent") as emulator:
        yield emulator


@pytest.fixture
def fresh(place):
    yield place
    place.reset()


def token(emulator: Emulator, user: str) -> str:
    """A user's access token, as Auth would sign it."""

    def part(value: dict | bytes) -> str:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = (
        f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': user, 'role': 'authenticated', 'aud': 'authenticated'})}"
    )
    secret = emulator.ready["jwt_secret"].encode()
    return f"{head}.{part(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"


def keys(emulator: Emulator, role: str) -> dict[str, str]:
    if role == "service":
        return emulator.keys()
    if role == "anon":
        return emulator.keys(emulator.anon_key)
    return {"apikey": emulator.anon_key, "Authorization": f"Bearer {token(emulator, role)}"}


def ask(emulator: Emulator, case: Case):
    headers = keys(emulator, case.role) | dict(case.headers)
    return emulator.request(case.method, f"/rest/v1{case.path}", case.send, headers)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_is_wrong_in_silence(case, fresh):
    before = {table: rows(fresh, table) for table in ("parents", "children", "notes", "locked")}
    answer = ask(fresh, case)
    assert answer.status == case.status, answer.text
    match case.body:
        case str():
            assert answer.text == case.body
        case list():
            assert answer.json() == case.body
        case dict():
            assert {key: answer.json()[key] for key in case.body} == case.body
    if answer.status >= 400:
        assert {table: rows(fresh, table) for table in before} == before


def rows(emulator: Emulator, table: str) -> list:
    return emulator.rest("GET", f"/{table}?order=id").json()


def test_keys_are_enforced_under_load(fresh):
    """Every connection checks foreign keys, not the first one alone."""

    def violate(number: int) -> int:
        send = {"id": 1000 + number, "parent_id": 99}
        return request(fresh.base, "POST", "/rest/v1/children", send, fresh.keys()).status

    def obey(number: int) -> int:
        send = {"id": 2000 + number, "parent_id": 1}
        return request(fresh.base, "POST", "/rest/v1/children", send, fresh.keys()).status

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(obey, range(160))) == {201}
        statuses = list(pool.map(violate, range(40)))
    assert set(statuses) == {409}
    assert len(rows(fresh, "children")) == 162


def test_a_total_is_not_the_page(fresh):
    answer = fresh.rest("GET", "/parents?limit=1", headers={"Prefer": "count=exact"})
    assert (answer.status, answer.headers["Content-Range"]) == (206, "0-0/3")


def test_a_page_says_where_it_stands_without_being_asked(fresh):
    assert fresh.rest("GET", "/parents?limit=2&offset=1").headers["Content-Range"] == "1-2/*"


def test_a_delete_of_everything_leaves_other_tables(fresh):
    assert fresh.rest("DELETE", "/children").status == 204
    assert rows(fresh, "children") == []
    assert len(rows(fresh, "parents")) == 3
