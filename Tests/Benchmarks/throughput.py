"""Requests per second and tails of the emulator beside what a developer would run instead, row by row."""

import base64
import hashlib
import hmac
import json
import os
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from emulator import Emulator, request
from load import Refused, Request, measure
from samples import HERE, summary, verdict

OURS = "altan-emulator"
HELLO = (HERE / "peers/hello.py").read_text().split("\n\napp =")[0]
# Who owns the rows that a policy guards.
SOMEBODY = "5b1e7b0a-0f5d-4c1c-9a51-2f6f4a1d0001"
ENTRY = {"title": "An entry", "stars": 3, "done": False}


@dataclass
class Row:
    """One line of the table: the same question to several servers."""

    name: str
    servers: dict[str, Request]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """Another server, ended with the run."""

    def __init__(self, command: list[str], port: int, path: str, environment: dict[str, str]):
        self.base = f"http://127.0.0.1:{port}"
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command,
            cwd=HERE / "peers",
            env=os.environ | environment,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if request(self.base, "GET", path).status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{command} does not answer at {self.base}{path}")

    def stop(self):
        # Its workers are in its process group.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def uvicorn(module: str, port: int) -> list[str]:
    options = ["--port", str(port), "--no-access-log", "--log-level", "error"]
    return [sys.executable, "-m", "uvicorn", f"{module}:app", *options]


def granian(module: str, port: int) -> list[str]:
    options = ["--interface", "asgi", "--workers", "1", "--port", str(port), "--no-ws", "--log-level", "error"]
    return [sys.executable, "-m", "granian", *options, f"{module}:app"]


def datasette(database: Path, port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "datasette",
        str(database),
        "--port",
        str(port),
        "--setting",
        "max_returned_rows",
        "1000",
    ]


def sample(question: Request, connections: int, seconds: float):
    """One sample of a server that has nothing left to do for an earlier one.

    A server that takes all requests at once and works on them in turns, as FastAPI's threads do, may complete none in
    the time at first, and goes on with them after the load is gone: it is given longer then.
    """
    for longer in (1, 5, 15):
        settle(question)
        load = measure(question, connections, seconds * longer)
        if load.requests_per_second > 0:
            break
    return load


def settle(question: Request) -> None:
    """Waits until the server answers one request, behind those it still has."""
    address = urlsplit(question.url)
    path = f"{address.path}?{address.query}" if address.query else address.path
    base = f"{address.scheme}://{address.netloc}"
    body = None if question.body is None else question.body.encode()
    answer = request(base, question.method, path, body, question.all_headers, timeout=120)
    if answer.status >= 300:
        raise Refused(f"{question.url}\n{answer.status} {answer.text[:500]}")


def compare(row: Row, rounds: int, seconds: float, connections=(1, 16, 100)) -> dict:
    """Loads each server in turn, in a new order each round; the ratio is taken within a round."""
    result = {}
    for question in row.servers.values():  # warm
        measure(question, 4, 1)
    for count in connections:
        samples = {server: [] for server in row.servers}
        for _ in range(rounds):
            for server in random.sample(list(row.servers), len(row.servers)):
                samples[server].append(sample(row.servers[server], count, seconds))
        facts = {
            server: {
                "requests_per_second": summary([round(one.requests_per_second, 1) for one in loads]),
                "p50_ms": summary([round(one.p50_ms, 3) for one in loads]),
                "p99_ms": summary([round(one.p99_ms, 3) for one in loads]),
            }
            for server, loads in samples.items()
        }
        for server in row.servers:
            if server != OURS:
                facts[f"against {server}"] = against(samples[OURS], samples[server])
        result[str(count)] = facts
        show(f"{row.name}, {count} connections", facts)
    return result


def against(ours: list, theirs: list) -> dict:
    """Ratios round by round; none where a server completed no answer in the time, for there is nothing to divide by."""
    if any(one.requests_per_second <= 0 for one in ours + theirs):
        return {"not_compared": "a server completed no answer in at least one round"}
    rates = [
        round(one.requests_per_second / other.requests_per_second, 3) for one, other in zip(ours, theirs, strict=True)
    ]
    tails = [round(other.p99_ms / one.p99_ms, 3) for one, other in zip(ours, theirs, strict=True)]
    return {
        "throughput_ratio": statistics.median(rates),
        "throughput_ratios": rates,
        "throughput": verdict(statistics.median(rates)),
        "p99_ratio": statistics.median(tails),
        "p99": verdict(statistics.median(tails)),
    }


def show(title: str, facts: dict):
    print(title, flush=True)
    for server, values in facts.items():
        if "not_compared" in values:
            print(f"  {server:<28} not compared: {values['not_compared']}")
        elif server.startswith("against "):
            print(
                f"  {server:<28} {values['throughput_ratio']:.2f} × the throughput: {values['throughput']}"
                f";  {values['p99_ratio']:.2f} × better p99: {values['p99']}"
            )
        else:
            rate, middle, tail = (values[name]["median"] for name in ("requests_per_second", "p50_ms", "p99_ms"))
            print(f"  {server:<28} {rate:>9.0f} requests/s   p50 {middle:.2f}   p99 {tail:.2f} ms")


def copy_rows(emulator: Emulator, file: Path) -> None:
    """The same rows in a database of their own, for the peers."""
    with sqlite3.connect(file) as copy:
        copy.execute("pragma journal_mode = wal")
        for table in ("notes", "readings", "authors", "books", "chapters"):
            rows = emulator.rest("GET", f"/{table}?select=*&order=id").json()
            columns = list(rows[0])
            others = "".join(f", {name}" for name in columns[1:])
            copy.execute(f"create table {table} (id integer primary key{others})")
            marks = ", ".join(f":{name}" for name in columns)
            copy.executemany(f"insert into {table} values ({marks})", rows)
        copy.execute("create index books_author on books (author_id)")
        copy.execute("create index chapters_book on chapters (book_id)")
        copy.execute("create table entries (id integer primary key, title, stars integer, done integer)")


def token_of(emulator: Emulator, subject: str) -> str:
    """A token of somebody who has signed in."""

    def encoded(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    claims = {"role": "authenticated", "sub": subject, "aud": "authenticated", "exp": 4102444800}
    message = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.new(emulator.ready["jwt_secret"].encode(), message.encode(), hashlib.sha256).digest()
    return f"{message}.{encoded(signature)}"


def own_rows(emulator: Emulator) -> list[Row]:
    """What one thing costs beside another of ours."""
    keys = {"apikey": emulator.anon_key, "Authorization": f"Bearer {token_of(emulator, SOMEBODY)}"}
    rest = f"{emulator.base}/rest/v1"

    def policies(name: str, query: str) -> Row:
        servers = {OURS: Request(f"{rest}/guarded?{query}", keys), "the same without a policy": Request(f"{rest}/open?{query}", keys)}  # fmt: skip
        return Row(name, servers)

    by_key = Request(f"{rest}/notes?id=eq.500&select=*", {"apikey": emulator.service_key})
    return [
        policies("REST read by key under a policy", "id=eq.500"),
        policies("REST 100 rows under a policy", "order=id&limit=100"),
        Row(
            "REST read by key beside an empty route",
            {OURS: by_key, "our empty route": Request(f"{emulator.base}/_emulator/health")},
        ),  # fmt: skip
    ]


def rest_rows(emulator: Emulator, fastapi: str, datasette: str | None) -> list[Row]:
    """A path of ours, of FastAPI's and, where it can answer, of datasette's, for each question."""
    service = {"apikey": emulator.service_key}
    token = service | {"Authorization": f"Bearer {emulator.service_key}"}
    many = json.dumps([ENTRY] * 1000)

    def row(name, ours, theirs, datasettes=None, headers=None, body=None) -> Row:
        servers = {
            OURS: Request(f"{emulator.base}/rest/v1{ours}", headers or service, body),
            "FastAPI, uvicorn, sqlite3": Request(fastapi + theirs, {}, body),
        }
        if datasette and datasettes:
            servers["datasette"] = Request(datasette + datasettes)
        return Row(name, servers)

    return [
        row("REST read by key", "/notes?id=eq.500&select=*", "/notes/500", "/notes/500.json?_shape=object"),
        row("REST read by key with a token", "/notes?id=eq.500&select=*", "/notes/500", headers=token),
        row(
            "REST 100 rows of 10 columns",
            "/readings?select=*&order=id&limit=100",
            "/readings?limit=100",
            "/readings.json?_size=100&_shape=array&_nocount=1",
        ),
        row(
            "REST exact count",
            "/readings?select=*&order=id&limit=10",
            "/readings?limit=10&count=true",
            headers=service | {"Prefer": "count=exact"},
        ),
        row("REST 1,000 rows with a to-many embed", "/authors?select=*,books(*)&order=id", "/authors"),
        row(
            "REST 100 rows with three levels",
            "/authors?select=*,books(*,chapters(*))&order=id&limit=100",
            "/authors/all?limit=100",
        ),
        row("REST single insert", "/entries", "/entries", body=json.dumps(ENTRY)),
        row("REST bulk insert of 1,000", "/entries", "/entries/many", body=many),
    ]


def mcp_call(emulator: Emulator, tool: str) -> Request:
    """A call of the stateless revision."""
    version = "2026-07-28"
    names = {"protocolVersion": version, "clientCapabilities": {}}
    meta = {f"io.modelcontextprotocol/{name}": value for name, value in names.items()}
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": {}, "_meta": meta},
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    return Request(f"{emulator.base}/mcp", headers, json.dumps(message))


def large_rows(state: Path, rounds: int, seconds: float) -> dict:
    """A filter by an index, on a table of 10 million rows and on one of 10 thousand: ten rows of either."""
    with Emulator(state=state) as emulator:
        keys, rest = {"apikey": emulator.service_key}, f"{emulator.base}/rest/v1"
        servers = {
            OURS: Request(f"{rest}/large?station=eq.777", keys),
            "the same of 10 thousand": Request(f"{rest}/small?station=eq.777", keys),
        }
        row = Row("REST filter by an index of 10 million rows", servers)
        return {row.name: compare(row, rounds, seconds)}


def throughput(rounds: int, seconds: float, folder: Path, seed: Path, only: str | None) -> dict:
    """Every row whose name contains `only`."""
    result = {}

    def run(rows: list[Row]):
        for row in rows:
            if only is None or only.lower() in row.name.lower():
                result[row.name] = compare(row, rounds, seconds)

    peers: list[Peer] = []
    try:
        with Emulator(seed=seed) as emulator:
            database = folder / "notes.db"
            copy_rows(emulator, database)
            ports = free_port(), free_port()
            peers.append(Peer(uvicorn("notes", ports[0]), ports[0], "/notes/500", {"NOTES_DATABASE": str(database)}))
            peers.append(Peer(datasette(database, ports[1]), ports[1], "/notes/notes/500.json", {}))
            run(rest_rows(emulator, peers[0].base, f"{peers[1].base}/notes"))
            while peers:
                peers.pop().stop()
            run(own_rows(emulator))
            run([Row("Tool call: get_project", {OURS: Request(f"{emulator.base}/tools/get_project", {}, "{}")})])
            run([Row("Tool call: get_project by MCP", {OURS: mcp_call(emulator, "get_project")})])
            deployed = emulator.deploy("hello", HELLO)
            assert deployed.status in (200, 201), deployed.text
            servers = {OURS: Request(f"{emulator.base}/services/api/hello/hello")}
            for name, server in (("uvicorn", uvicorn), ("granian", granian)):
                port = free_port()
                peers.append(Peer(server("hello", port), port, "/hello", {}))
                servers[name] = Request(peers[-1].base + "/hello")
            run([Row("Service: one route", servers)])
    finally:
        for peer in peers:
            peer.stop()
    return result
