"""The connection itself: what raw sockets see of keep-alive, pipelining, framing, and clients that leave."""

import re
import socket

import pytest
from emulator import Emulator, eventually

SERVICE = """
import asyncio
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
router = APIRouter()

@router.api_route("/hello", methods=["GET", "HEAD"])
async def hello():
    return {"hello": "world"}

@router.post("/length")
async def length(request: Request):
    return len(await request.body())

@router.post("/deaf")
async def deaf():
    return "not interested"

@router.get("/parts")
async def parts():
    async def pieces():
        for number in range(3):
            yield f"part {number};"
            await asyncio.sleep(0.01)
    return StreamingResponse(pieces(), media_type="text/plain")

@router.get("/ticks")
async def ticks():
    async def pieces():
        print("ticking")
        try:
            while True:
                yield "tick\\n"
                await asyncio.sleep(0.01)
        finally:
            print("nobody listens any more")
    return StreamingResponse(pieces(), media_type="text/plain")

@router.get("/waits")
async def waits(request: Request):
    print("waiting")
    while not await request.is_disconnected():
        await asyncio.sleep(0.01)
    print("the client has left")

@router.get("/short")
async def short():
    async def pieces():
        yield "abc"
    return StreamingResponse(pieces(), headers={"Content-Length": "10"})

@router.get("/none")
async def none():
    return Response(status_code=204)
"""


@pytest.fixture(scope="module")
def served(empty):
    answer = empty.deploy("wire", SERVICE)
    assert answer.status in (200, 201), answer.text
    return empty


class Wire:
    """A connection on which bytes are written and responses read one at a time."""

    def __init__(self, emulator: Emulator):
        self.socket = socket.create_connection(("127.0.0.1", emulator.ready["port"]), 10)
        self.file = self.socket.makefile("rb")

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode())

    def head(self) -> tuple[int, dict[str, str]]:
        status = int(self.file.readline().split()[1])
        headers = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            assert name.lower() not in headers, f"{name} is there twice"
            headers[name.lower()] = value
        return status, headers

    def response(self, has_body: bool = True) -> tuple[int, dict[str, str], bytes]:
        status, headers = self.head()
        body = b""
        if not has_body:
            pass
        elif headers.get("transfer-encoding") == "chunked":
            assert "content-length" not in headers
            while size := int(self.file.readline(), 16):
                body += self.file.read(size)
                assert self.file.read(2) == b"\r\n"
            assert self.file.readline() == b"\r\n"
        elif "content-length" in headers:
            body = self.file.read(int(headers["content-length"]))
        else:
            body = self.file.read()
        return status, headers, body

    def is_closed(self) -> bool:
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture
def wire(served):
    connection = Wire(served)
    yield connection
    connection.socket.close()


def get(path: str, extra: str = "", method: str = "GET", version: str = "1.1") -> str:
    return f"{method} /services/api/wire{path} HTTP/{version}\nHost: 127.0.0.1\n{extra}\n"


HELLO = b'{"hello":"world"}'


def test_a_connection_is_used_again(wire):
    for _ in range(3):
        wire.send(get("/hello"))
        status, headers, body = wire.response()
        assert (status, body) == (200, HELLO)
        assert "connection" not in headers


def test_requests_sent_ahead_are_answered_in_their_order(wire):
    body = "x" * 5000
    ahead = get("/parts") + get("/length", f"Content-Length: {len(body)}\n", "POST") + body + get("/hello") * 3
    wire.send(ahead)
    assert wire.response()[2] == b"part 0;part 1;part 2;"
    assert wire.response()[2] == b"5000"
    assert [wire.response()[2] for _ in range(3)] == [HELLO] * 3


def test_reads_answered_at_once_wait_for_their_turn(wire, served):
    served.sql("create table if not exists turns (id int primary key); insert into turns values (1), (2) returning id")

    def ask(number: int) -> str:
        path = f"/rest/v1/turns?id=eq.{number}&select=id"
        return f"GET {path} HTTP/1.1\nHost: 127.0.0.1\napikey: {served.service_key}\n\n"

    # The first ones make the read known; the second one stays one that nobody has asked for.
    wire.send(ask(1) * 20)
    assert [wire.response()[2] for _ in range(20)] == [b'[{"id":1}]'] * 20
    wire.send((ask(1) * 300 + get("/hello") + ask(2)) * 3 + ask(1))
    for _ in range(3):
        assert [wire.response()[2] for _ in range(300)] == [b'[{"id":1}]'] * 300
        assert (wire.response()[2], wire.response()[2]) == (HELLO, b'[{"id":2}]')
    assert wire.response()[2] == b'[{"id":1}]'


def test_a_head_is_answered_without_a_body(wire):
    wire.send(get("/hello", method="HEAD") + get("/hello"))
    status, headers, _ = wire.response(has_body=False)
    assert (status, headers["content-length"]) == (200, str(len(HELLO)))
    assert wire.response()[2] == HELLO


def test_no_content_has_no_body(wire):
    wire.send(get("/none") + get("/hello"))
    status, headers, _ = wire.response(has_body=False)
    assert (status, "transfer-encoding" in headers) == (204, False)
    assert wire.response()[2] == HELLO


@pytest.mark.parametrize("extra", ["Connection: close\n", "Connection: Close\n"])
def test_a_connection_is_closed_on_demand(extra, wire):
    wire.send(get("/hello", extra))
    status, headers, body = wire.response()
    assert (status, headers["connection"], body) == (200, "close", HELLO)
    assert wire.is_closed()


def test_a_client_of_http_1_0_gets_the_connections_end(wire):
    wire.send(get("/parts", version="1.0"))
    _, headers, body = wire.response()
    assert "transfer-encoding" not in headers
    assert body == b"part 0;part 1;part 2;"


def test_a_stream_is_chunked_and_the_connection_goes_on(wire):
    wire.send(get("/parts"))
    status, headers, body = wire.response()
    assert (status, headers["transfer-encoding"], body) == (200, "chunked", b"part 0;part 1;part 2;")
    wire.send(get("/hello"))
    assert wire.response()[2] == HELLO


def test_fewer_bytes_than_promised_end_the_connection(wire):
    wire.send(get("/short"))
    status, headers = wire.head()
    assert (status, headers["content-length"]) == (200, "10")
    assert len(wire.file.read()) < 10


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 3_000_000])
def test_a_chunked_body_arrives(size, wire):
    wire.send(get("/length", "Transfer-Encoding: chunked\n", "POST"))
    left = size
    while left:
        piece = min(left, 50_000)
        wire.send(f"{piece:x}\r\n".encode() + b"y" * piece + b"\r\n")
        left -= piece
    wire.send(b"0\r\n\r\n")
    assert wire.response()[2] == str(size).encode()


def test_a_body_is_asked_for(wire):
    wire.send(get("/length", "Content-Length: 5\nExpect: 100-continue\n", "POST"))
    assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert wire.file.readline() == b"\r\n"
    wire.send(b"hello")
    assert wire.response()[2] == b"5"


def test_a_body_that_nobody_reads_is_skipped(wire):
    size = 20_000_000
    wire.send(get("/deaf", f"Content-Length: {size}\n", "POST"))
    wire.send(b"z" * size)
    wire.send(get("/hello"))
    assert wire.response()[2] == b'"not interested"'
    assert wire.response()[2] == HELLO


@pytest.mark.parametrize(
    "text",
    [
        "nonsense\n\n",
        "GET /a b c HTTP/1.1\nHost: x\n\n",
        "POST /tools/list_secrets HTTP/1.1\nHost: 127.0.0.1\nTransfer-Encoding: chunked\n\nzz\n",
    ],
)
def test_what_is_no_http_is_400_and_the_end(text, wire):
    wire.send(text)
    status, headers, _ = wire.response()
    assert (status, headers["connection"]) == (400, "close")
    assert wire.is_closed()


def test_headers_without_end_are_refused(wire):
    try:
        wire.send("GET / HTTP/1.1\nHost: 127.0.0.1\n" + "X-A: b\n" * 20_000 + "\n")
    except (BrokenPipeError, ConnectionResetError):
        return
    try:
        assert re.match(rb"HTTP/1.1 4\d\d ", wire.file.readline())
    except ConnectionResetError:
        pass


def log(emulator: Emulator) -> str:
    cloud = emulator.ready["cloud_id"]
    return emulator.get(f"/v1/instances/logs/cloud/{cloud}/service/wire?tail=1000").text


@pytest.mark.parametrize(
    ("path", "begun", "ended"),
    [("/ticks", "ticking", "nobody listens any more"), ("/waits", "waiting", "the client has left")],
)
def test_a_service_learns_that_its_client_left(path, begun, ended, wire, served):
    wire.send(get(path))
    assert eventually(lambda: begun in log(served))
    assert ended not in log(served)
    wire.socket.close()
    wire.file.close()
    assert eventually(lambda: ended in log(served))


def test_a_slow_reader_slows_the_service(served):
    wire = Wire(served)
    code = SERVICE.split("@router")[0] + (
        "sent = {'bytes': 0}\n"
        "@router.get('/flood')\n"
        "async def flood():\n"
        "    async def pieces():\n"
        "        for _ in range(2000):\n"
        "            sent['bytes'] += 100_000\n"
        "            yield b'f' * 100_000\n"
        "    return StreamingResponse(pieces())\n"
        "@router.get('/sent')\n"
        "async def total():\n"
        "    return sent['bytes']\n"
    )
    answer = served.deploy("flood", code)
    assert answer.status in (200, 201), answer.text
    wire.send("GET /services/api/flood/flood HTTP/1.1\nHost: 127.0.0.1\n\n")
    wire.head()
    sent = 0
    # It comes to rest: what was sent does not grow between two looks.
    assert eventually(lambda: (before := sent_by(served)) > 0 and before == sent_by(served))
    sent = sent_by(served)
    assert sent < 100_000_000
    wire.socket.close()
    wire.file.close()
    assert eventually(lambda: served.service("flood", "/sent").status == 200)


def sent_by(emulator: Emulator) -> int:
    return emulator.service("flood", "/sent").json()
