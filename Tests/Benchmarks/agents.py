"""What an agent and its services wait for: tool calls by MCP over a pipe, calls to third parties, a checkout session."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from emulator import Emulator, binary, clean_environment, request
from samples import summary
from throughput import Peer, free_port

VERSION = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
# A stand-in that does nothing, and the same application for a server of its own.
ECHO = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b'{"id": "thing_1", "object": "thing"}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""
CALLER = '''
import time
import httpx
import stripe
from fastapi import APIRouter

router = APIRouter()


def taken(action):
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1e3


@router.post("/calls")
def calls(direct: str, count: int):
    """Milliseconds of calls to a server on loopback, and of calls that are caught, in turns."""
    with httpx.Client(timeout=30) as client:
        def get(url):
            client.get(url).raise_for_status()
        samples = {name: [] for name in ("direct", "caught")}
        for number in range(count + 20):
            for name, url in (("direct", direct), ("caught", "https://api.echo.test/things/1")):
                duration = taken(lambda: get(url))
                if number >= 20:
                    samples[name].append(duration)
    return samples


@router.post("/checkouts")
def checkouts(count: int):
    client = stripe.StripeClient("sk_test_bench")
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"},
    })
    order = {
        "mode": "subscription", "line_items": [{"price": price.id, "quantity": 1}],
        "success_url": "https://shop.test/thanks", "cancel_url": "https://shop.test/plans",
    }
    form = {
        "mode": "subscription", "line_items[0][price]": price.id, "line_items[0][quantity]": "1",
        "success_url": "https://shop.test/thanks", "cancel_url": "https://shop.test/plans",
    }

    def plain():
        assert http.post("https://api.stripe.com/v1/checkout/sessions", data=form).status_code == 200

    with httpx.Client(headers={"Authorization": "Bearer sk_test_bench"}) as http:
        for _ in range(10):
            client.v1.checkout.sessions.create(order)
            plain()
        return {
            "sdk": [taken(lambda: client.v1.checkout.sessions.create(order)) for _ in range(count)],
            "plain": [taken(plain) for _ in range(count)],
        }
'''


class Pipe:
    """`altan-emulator mcp`, spoken to line by line."""

    def __init__(self, emulator: Emulator):
        command = [binary(), "mcp", "--url", emulator.base]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment()
        )

    def send(self, number: int) -> None:
        params = {"name": "get_project", "arguments": {}, "_meta": META}
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> None:
        answer = json.loads(self.process.stdout.readline())
        assert answer["result"]["isError"] is False, answer

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)


def pipe(emulator: Emulator, rounds: int, seconds: float) -> dict:
    """One call after the other, and 16 on the way at once."""
    rates, full, waits = [], [], []
    channel = Pipe(emulator)
    try:
        for number in range(200):  # warm
            channel.send(number)
            channel.receive()
        for _ in range(rounds):
            taken, began = [], time.perf_counter()
            while time.perf_counter() - began < seconds:
                sent = time.perf_counter()
                channel.send(1)
                channel.receive()
                taken.append((time.perf_counter() - sent) * 1e3)
            rates.append(round(len(taken) / (time.perf_counter() - began), 1))
            waits.append(round(statistics.median(taken), 3))
            full.append(round(pipelined(channel, seconds), 1))
    finally:
        channel.stop()
    return {
        "mcp_pipe_get_project_p50_ms": summary(waits),
        "mcp_pipe_calls_per_second": summary(rates),
        "mcp_pipe_calls_per_second_16_at_once": summary(full),
    }


def pipelined(channel: Pipe, seconds: float) -> float:
    for number in range(16):
        channel.send(number)
    answered, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        channel.receive()
        answered += 1
        channel.send(answered)
    elapsed = time.perf_counter() - began
    for _ in range(16):
        channel.receive()
    return answered / elapsed


def third_parties(rounds: int, folder: Path) -> dict:
    """What catching a call costs over the same call to the same application on loopback, and what a checkout takes."""
    seed = folder / "caught"
    (seed / "thirdparty").mkdir(parents=True)
    (seed / "thirdparty/api.echo.test.py").write_text(ECHO)
    (folder / "echo.py").write_text(ECHO)
    port = free_port()
    options = ["--app-dir", str(folder), "--port", str(port), "--no-access-log", "--log-level", "error"]
    peer = Peer([sys.executable, "-m", "uvicorn", "echo:app", *options], port, "/", {})
    direct, caught, overhead, checkouts, plain = [], [], [], [], []
    try:
        with Emulator(seed=seed) as emulator:
            deployed = emulator.deploy("caller", CALLER, ["httpx", "stripe"])
            assert deployed.status == 200, deployed.text
            for _ in range(rounds):
                path = f"/services/api/caller/calls?direct={peer.base}/things/1&count=300"
                samples = request(emulator.base, "POST", path, timeout=120).json()
                middle = {name: statistics.median(taken) for name, taken in samples.items()}
                direct.append(round(middle["direct"], 3))
                caught.append(round(middle["caught"], 3))
                overhead.append(round(middle["caught"] - middle["direct"], 3))
                taken = request(emulator.base, "POST", "/services/api/caller/checkouts?count=100", timeout=120).json()
                checkouts.append(round(statistics.median(taken["sdk"]), 3))
                plain.append(round(statistics.median(taken["plain"]), 3))
    finally:
        peer.stop()
    return {
        "call_to_loopback_p50_ms": summary(direct),
        "caught_call_p50_ms": summary(caught),
        "caught_call_overhead_p50_ms": summary(overhead),
        "stripe_checkout_session_p50_ms": summary(checkouts),
        "stripe_checkout_without_sdk_p50_ms": summary(plain),
    }


def agents(rounds: int, seconds: float, folder: Path) -> dict:
    with Emulator() as emulator:
        result = pipe(emulator, rounds, seconds)
    return result | third_parties(rounds, folder)
