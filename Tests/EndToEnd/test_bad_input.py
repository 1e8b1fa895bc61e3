"""Broken, oversized, hostile input: each is refused with a reason, and the emulator goes on."""

import json
import socket
from pathlib import Path

import pytest
from emulator import Emulator, StartFailed, run

SERVICE = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/ping')\ndef ping(): return 'pong'\n"


@pytest.fixture(scope="module")
def target(empty):
    yield empty
    assert empty.process.poll() is None
    assert empty.get("/_emulator/ready").status == 200


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("body", ["{", "[1,", "nope", '{"a": 1}}', "\xff", '"text"', "[]"])
def test_malformed_arguments_of_a_tool_are_400(body, target):
    answer = target.request("POST", "/tools/list_secrets", body.encode("latin-1"), JSON)
    assert answer.status in (400, 422), answer.text
    assert isinstance(answer.json()["detail"], str)


def test_arguments_of_the_wrong_type_are_named(target):
    answer = target.tool("upsert_secret", cloud_id=target.ready["cloud_id"], key=["A"], value=1)
    assert answer.status in (400, 422), answer.text
    assert "key" in answer.json()["detail"]


def test_a_missing_argument_is_named(target):
    answer = target.tool("upsert_secret", cloud_id=target.ready["cloud_id"], key="A_KEY")
    assert answer.status in (400, 422), answer.text
    assert "value" in answer.json()["detail"]


def test_deeply_nested_json_is_refused_or_taken_but_survived(target):
    deep = "[" * 100_000 + "]" * 100_000
    answer = target.request("POST", "/tools/list_secrets", '{"cloud_id": ' + deep + "}", JSON)
    assert 400 <= answer.status < 500, answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"advance_seconds": 1e300},
        {"advance_seconds": -1e15},
        {"freeze_at_microseconds": 9223372036854775807},
        {"freeze_at_microseconds": -9223372036854775808},
    ],
    ids=str,
)
def test_the_clock_stays_within_what_it_can_tell(change, target):
    answer = target.request("POST", "/_emulator/clock", change)
    assert 400 <= answer.status < 500, answer.text
    assert "9999" in answer.text


GREATEST = 9223372036854775807


@pytest.mark.parametrize("span", [f"0-{GREATEST}", f"{GREATEST}-{GREATEST}", f"{GREATEST}-"])
def test_ranges_to_the_greatest_number_are_survived(span, target):
    answer = target.rest("GET", f"/nothing?offset=3&limit={GREATEST}", headers={"Range": span})
    assert answer.status < 500, answer.text


@pytest.mark.parametrize(
    "query",
    [
        "select=a" + "->b" * 5000,
        "select=" + "a(" * 4000 + "b" + ")" * 4000,
        "or=" + "(not.and" * 1500 + "(a.eq.1)" + ")" * 1500,
    ],
    ids=["path", "embeds", "logic"],
)
def test_queries_of_thousands_of_levels_are_refused(query, target):
    answer = target.rest("GET", f"/nothing?{query}")
    assert 400 <= answer.status < 500, answer.text


def send_large(target: Emulator, path: str, megabytes: int) -> int:
    """Sends a large body and reads the status, also where the server answers and closes before the end."""
    block = b" " * 1_048_576
    with socket.create_connection(("127.0.0.1", target.ready["port"]), 60) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{target.ready['port']}\r\napikey: {target.service_key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {megabytes * len(block)}\r\n\r\n"
        connection.sendall(head.encode())
        try:
            for _ in range(megabytes):
                connection.sendall(block)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = connection.recv(65536)
    return int(answer.split()[1])


@pytest.mark.parametrize("path", ["/tools/list_secrets", "/mcp", "/rest/v1/anything"])
def test_a_body_of_100_mb_is_413(path, target):
    assert send_large(target, path, 100) == 413


def test_huge_arguments_arrive_whole(target):
    query = {"query": f"select length('{'x' * (20 << 20)}') as n"}
    assert target.tool("execute_sql", **query).json() == [{"n": 20 << 20}]
    query = {"query": f"select length('{'x' * (2 << 20)}') as n"}
    done = run("tool", "execute_sql", "-", "--url", target.base, folder=target.folder, stdin=json.dumps(query))
    assert done.returncode == 0 and json.loads(done.stdout) == [{"n": 2 << 20}], done.stderr
    refused = target.tool("get_project", **{f"argument_{number}": number for number in range(20_000)})
    assert (refused.status, refused.json()["code"]) == (422, "invalid_arguments")
    assert "19980 more are wrong" in refused.json()["detail"] and len(refused.text) < 10_000


@pytest.mark.parametrize("name", ["Bad", "two words", "../up", "1st", "", "a-b", "ünï", "a/b", "openapi.json"])
def test_an_invalid_service_name_is_refused(name, target):
    answer = target.deploy(name, SERVICE)
    assert answer.status in (400, 422), answer.text
    assert "name" in answer.json()["detail"]


def test_an_unknown_requirement_is_named(target):
    answer = target.deploy("needs_more", SERVICE, ["altan-emulator-has-no-such-package"])
    assert answer.status == 422, answer.text
    assert "altan-emulator-has-no-such-package" in answer.text


BROKEN = [
    ("syntax error", "def broken(:\n    pass\n", "SyntaxError", "line 1"),
    ("no router", "value = 1\n", "router", ""),
    ("router of another type", "router = 'no'\n", "router", ""),
    ("raises", "raise ValueError('this very reason')\n", "router", "this very reason"),
    ("exits", "import sys\nsys.exit(3)\n", "", "SystemExit"),
    ("missing module", "import no_such_module_here\nrouter = None\n", "", "no_such_module_here"),
    ("null byte", "x = 1\0\nrouter = None\n", "", "null"),
]  # fmt: skip


@pytest.mark.row("service.missing-secret")
@pytest.mark.parametrize(
    ("code", "detail", "anywhere"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_module_is_422_with_its_reason(code, detail, anywhere, target):
    answer = target.deploy("broken", code)
    assert answer.status == 422, answer.text
    facts = answer.json()
    assert detail in facts["detail"] or detail in answer.text
    assert anywhere in answer.text
    assert target.service("broken", "/ping").status == 502


@pytest.mark.row("service.hot")
def test_a_failed_update_keeps_the_old_version(target):
    assert target.deploy("steady", SERVICE).status in (200, 201)
    assert target.deploy("steady", "raise ValueError('new')\n", tool="update_service").status == 422
    answer = target.service("steady", "/ping")
    assert (answer.status, answer.json()) == (200, "pong")


def test_code_before_its_secret_is_refused(target):
    code = "import os\nKEY = os.environ['PAYMENT_KEY']\n" + SERVICE
    answer = target.deploy("payments", code)
    assert answer.status == 422, answer.text
    assert "PAYMENT_KEY" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("files", "file", "line"),
    [
        ({"schema.sql": "create table a (id int);\n\ncreate table a (id int);\n"}, "schema.sql", "3"),
        ({"schema.sql": "create table a (id int);\n", "data.sql": "insert into a values (1);\ninsert into a valuse (2);\n"}, "data.sql", "2"),
        ({"schema.sql": "create table a (id int);\n", "data.sql": "insert into a\nvalues ('x');\n"}, "data.sql", "1"),
        ({"migrations/001_a.sql": "create table a (id int);\n", "migrations/002_b.sql": "-- next\nalter table b add c int;\n"}, "002_b.sql", "2"),
    ],
)  # fmt: skip
def test_an_error_in_a_seed_is_3_with_file_and_line_and_leaves_no_state(files, file, line, tmp_path):
    seed, state = tmp_path / "seed", tmp_path / "state"
    for name, text in files.items():
        path = seed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with pytest.raises(StartFailed) as failed:
        Emulator(seed=seed, state=state, folder=tmp_path)
    assert failed.value.code == 3
    assert file in failed.value.errors
    assert line in failed.value.errors.split(file, 1)[1]
    for path in seed.rglob("*.sql"):
        path.unlink()
    (seed / "schema.sql").write_text("create table a (id int);\n")
    with Emulator(seed=seed, state=state, folder=tmp_path) as emulator:
        assert emulator.rest("GET", "/a").json() == []


@pytest.mark.parametrize("path", ["/tools/list_secrets", "/_emulator/reset", "/v1/instances", "/mcp"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "null"},
    ],
    ids=["origin", "host", "look-alike host", "null origin"],
)
def test_a_cross_site_request_is_403(path, headers, target):
    answer = target.request("POST", path, {"cloud_id": target.ready["cloud_id"]}, headers)
    assert answer.status == 403, answer.text


def test_a_request_of_the_own_origin_is_answered(target):
    headers = {"Origin": target.base}
    answer = target.request("POST", "/tools/list_secrets", {"cloud_id": target.ready["cloud_id"]}, headers)
    assert answer.status == 200, answer.text


@pytest.mark.row("service.open")
def test_a_service_may_be_called_from_any_site(target):
    assert target.deploy("open_door", SERVICE).status in (200, 201)
    answer = target.get("/services/api/open_door/ping", headers={"Origin": "https://app.example"})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"] in ("*", "https://app.example")) == (200, True)


RAW = [
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
    b"POST /tools/list_secrets HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"POST /tools/list_secrets HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
    b"GET /%zz%00/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("data", RAW, ids=range(len(RAW)))
def test_bytes_that_are_not_http_do_no_harm(data, target):
    with socket.create_connection(("127.0.0.1", target.ready["port"]), 10) as connection:
        connection.settimeout(2)
        try:
            connection.sendall(data)
            answer = connection.recv(65536)
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert target.get("/_emulator/ready").status == 200


def test_a_secret_is_shown_nowhere(target, tmp_path):
    value = "fake-value-6f3b1c"
    cloud = target.ready["cloud_id"]
    stored = target.tool("upsert_secret", cloud_id=cloud, key="HIDDEN_KEY", value=value)
    assert stored.status == 200
    assert value not in stored.text
    code = "import os\nprint('import', os.environ['HIDDEN_KEY'])\n" + SERVICE
    code += "@router.get('/tell')\ndef tell():\n    print('call', os.environ['HIDDEN_KEY'])\n    raise ValueError(os.environ['HIDDEN_KEY'])\n"
    assert value not in target.deploy("talker", code).text
    target.service("talker", "/tell")
    for name in ("list_secrets", "get_cloud", "get_project"):
        assert value not in target.tool(name, cloud_id=cloud).text
    assert value not in target.get(f"/v1/instances/logs/cloud/{cloud}/service/pypulse").text
    assert value not in target.get("/_emulator/journal").text
    assert value not in target.errors()
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert value.encode() not in command.read_bytes()
        except OSError:
            continue
