"""Sends the same request over N kept-open connections for some seconds: with wrk where it is installed, else with asyncio."""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class Request:
    """A GET, or a POST of a JSON body."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    @property
    def all_headers(self) -> dict[str, str]:
        return self.headers | ({} if self.body is None else {"Content-Type": "application/json"})


@dataclass
class Load:
    requests_per_second: float
    p50_ms: float
    p99_ms: float


class Refused(Exception):
    """An answer that was not a success: the measurement says nothing then."""


def tool() -> str:
    if not shutil.which("wrk"):
        return "asyncio"
    lines = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    return (lines.stdout + lines.stderr).split("Copyright")[0].strip()


def measure(request: Request, connections: int, seconds: float) -> Load:
    """One sample."""
    if shutil.which("wrk"):
        return with_wrk(request, connections, seconds)
    return asyncio.run(with_asyncio(request, connections, seconds))


def with_wrk(request: Request, connections: int, seconds: float) -> Load:
    # A slow answer is an answer: wrk gives up after two seconds by itself.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s", "--latency"]
    command.append(request.url)
    for name, value in request.all_headers.items():
        command += ["-H", f"{name}: {value}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if request.body is not None:
            # A JSON string is a Lua string, but for \u and \/, which json.dumps does not write for ASCII.
            script.write(f'wrk.method = "POST"\nwrk.body = {json.dumps(request.body)}\n')
            script.flush()
            command += ["-s", script.name]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if re.search(r"Non-2xx|Socket errors", output):
        raise Refused(f"{request.url}\n{output}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])

    def percentile(share: str) -> float:
        value, unit = re.search(rf"^\s+{share}%\s+([\d.]+)(us|ms|s|m)", output, re.MULTILINE).groups()
        return float(value) * UNITS[unit]

    return Load(rate, percentile("50"), percentile("99"))


async def with_asyncio(request: Request, connections: int, seconds: float) -> Load:
    address = urlsplit(request.url)
    target = address.path + (f"?{address.query}" if address.query else "")
    body = (request.body or "").encode()
    headers = request.all_headers | ({} if request.body is None else {"Content-Length": str(len(body))})
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    message = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
    taken: list[float] = []
    deadline = time.perf_counter() + seconds

    async def connection():
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while (began := time.perf_counter()) < deadline:
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 2"):
                raise Refused(f"{request.url}\n{head.decode()}")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if not length:
                raise Refused(f"{request.url}: no Content-Length\n{head.decode()}")
            await reader.readexactly(int(length[1]))
            taken.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    elapsed = time.perf_counter() - began
    taken.sort()
    return Load(len(taken) / elapsed, taken[len(taken) // 2] * 1e3, taken[len(taken) * 99 // 100] * 1e3)
