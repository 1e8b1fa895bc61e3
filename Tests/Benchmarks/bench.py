"""Measures start, deploy, memory and throughput of the release binary beside its peers, interleaved in one run.

Every sample is kept in the output file. A ratio below 1.2 either way is called a tie: on a small shared machine the same
binary differs from itself by that much. A single answer other than 2xx ends the run with an error.
"""

import argparse
import json
import os
import platform
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from emulator import REPOSITORY, Emulator, descendants, request, run
from load import measure, tool

HERE = Path(__file__).resolve().parent
TIE = 1.2
HELLO = (HERE / "peers/hello.py").read_text().split("\n\napp =")[0]


def milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1e3, 2)


def summary(samples: list[float]) -> dict:
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples), "samples": samples}


def verdict(ratio: float) -> str:
    if 1 / TIE < ratio < TIE:
        return "tie"
    return "faster" if ratio > 1 else "slower"


def notes_seed(folder: Path) -> Path:
    """A seed of one table with a thousand rows."""
    seed = folder / "seed"
    shutil.copytree(HERE / "seed", seed)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    rows = (
        f"({n}, 'Note {n}', '{'word ' * 20}', {n % 5}, {n % 2 == 0}, '{start + timedelta(minutes=n)}')"
        for n in range(1, 1001)
    )
    (seed / "data.sql").write_text("insert into notes values\n" + ",\n".join(rows) + ";\n")
    return seed


# Start, deploy, memory


def starts(rounds: int, folder: Path, seed: Path) -> dict:
    """Process start to ready line, for a new and an existing state, and to the first answer of a seeded service."""
    new, existing, served = [], [], []
    for number in range(rounds):
        state = folder / f"state-{number}"
        for samples in (new, existing):
            began = time.perf_counter()
            with Emulator(seed=seed, state=state):
                samples.append(milliseconds(began))
    state, config = folder / "served", str(REPOSITORY / "emulator.json")
    for number in range(rounds + 1):
        began = time.perf_counter()
        with Emulator("--config", config, seed=REPOSITORY / "seed", state=state) as emulator:
            answer = emulator.service("tasks", "/items/1")
            assert answer.status == 200, answer.text
            if number:  # the first one made the state
                served.append(milliseconds(began))
    return {
        "start_new_state_ms": summary(new),
        "start_existing_state_ms": summary(existing),
        "start_to_first_200_of_service_ms": summary(served),
    }


def deploys(rounds: int) -> dict:
    """The tool call to the first 200 of the service, with one route; the first ever, which may start Python, is left out."""
    samples = []
    with Emulator() as emulator:
        for number in range(rounds + 1):
            began = time.perf_counter()
            deployed = emulator.deploy(f"hello_{number}", HELLO)
            assert deployed.status in (200, 201), deployed.text
            answer = emulator.service(f"hello_{number}", "/hello")
            assert answer.status == 200, answer.text
            if number:
                samples.append(milliseconds(began))
    return {"deploy_to_first_200_ms": summary(samples)}


def proportional_set_size(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return round(int(line.split()[1]) / 1024, 2)
    raise ValueError(pid)


def memory(seed: Path) -> dict:
    """What the idle host holds, and with its Python processes."""
    with Emulator(seed=seed) as emulator:
        time.sleep(1)
        host = proportional_set_size(emulator.process.pid)
        below = [proportional_set_size(pid) for pid in descendants(emulator.process.pid)]
        return {"idle_pss_host_mb": host, "idle_pss_with_python_mb": round(host + sum(below), 2)}


# Throughput


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """Another server, ended with the run."""

    def __init__(self, command: list[str], port: int, path: str, environment: dict[str, str]):
        self.url = f"http://127.0.0.1:{port}{path}"
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
                if request(f"http://127.0.0.1:{port}", "GET", path).status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{command} does not answer at {self.url}")

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


def compare(name: str, urls: dict[str, tuple[str, dict]], rounds: int, seconds: float) -> dict:
    """Loads each server in turn, in a new order each round; the ratio is taken within a round."""
    result = {}
    for url, headers in urls.values():  # warm
        measure(url, headers, 4, 1)
    for connections in (1, 16, 100):
        samples = {server: [] for server in urls}
        for _ in range(rounds):
            for server in random.sample(list(urls), len(urls)):
                url, headers = urls[server]
                samples[server].append(measure(url, headers, connections, seconds))
        facts = {
            server: {
                "requests_per_second": summary([round(one.requests_per_second, 1) for one in loads]),
                "p50_ms": summary([round(one.p50_ms, 3) for one in loads]),
                "p99_ms": summary([round(one.p99_ms, 3) for one in loads]),
            }
            for server, loads in samples.items()
        }
        for server in urls:
            if server == "altan-emulator":
                continue
            pairs = list(zip(samples["altan-emulator"], samples[server], strict=True))
            rates = [round(ours.requests_per_second / theirs.requests_per_second, 3) for ours, theirs in pairs]
            tails = [round(theirs.p99_ms / ours.p99_ms, 3) for ours, theirs in pairs]
            facts[f"against {server}"] = {
                "throughput_ratio": statistics.median(rates),
                "throughput_ratios": rates,
                "throughput": verdict(statistics.median(rates)),
                "p99_ratio": statistics.median(tails),
                "p99": verdict(statistics.median(tails)),
            }
        result[str(connections)] = facts
        show(f"{name}, {connections} connections", facts)
    return result


def show(title: str, facts: dict):
    print(title)
    for server, values in facts.items():
        if server.startswith("against "):
            print(
                f"  {server:<28} {values['throughput_ratio']:.2f} × the throughput: {values['throughput']}"
                f";  {values['p99_ratio']:.2f} × better p99: {values['p99']}"
            )
        else:
            rate, tail = (values["requests_per_second"]["median"], values["p99_ms"]["median"])
            print(f"  {server:<28} {rate:>9.0f} requests/s   p99 {tail:.2f} ms")


def throughput(rounds: int, seconds: float, folder: Path, seed: Path) -> dict:
    peers: list[Peer] = []
    try:
        with Emulator(seed=seed) as emulator:
            rows = emulator.rest("GET", "/notes?select=*&order=id").json()
            database = folder / "notes.db"
            with sqlite3.connect(database) as copy:
                copy.execute("pragma journal_mode = wal")
                copy.execute(
                    "create table notes (id integer primary key, title, body, stars integer, done integer, created_at)"
                )
                copy.executemany("insert into notes values (:id, :title, :body, :stars, :done, :created_at)", rows)
            port = free_port()
            peers.append(Peer(uvicorn("notes", port), port, "/notes/500", {"NOTES_DATABASE": str(database)}))
            by_key = f"{emulator.base}/rest/v1/notes?id=eq.500&select=*"
            reads = compare(
                "REST read by key",
                {
                    "altan-emulator": (by_key, {"apikey": emulator.anon_key}),
                    "FastAPI, uvicorn, sqlite3": (peers[0].url, {}),
                },
                rounds,
                seconds,
            )
            peers.pop().stop()
            deployed = emulator.deploy("hello", HELLO)
            assert deployed.status in (200, 201), deployed.text
            for server in (uvicorn, granian):
                port = free_port()
                peers.append(Peer(server("hello", port), port, "/hello", {}))
            hello = compare(
                "Service: one route",
                {
                    "altan-emulator": (f"{emulator.base}/services/api/hello/hello", {}),
                    "uvicorn": (peers[0].url, {}),
                    "granian": (peers[1].url, {}),
                },
                rounds,
                seconds,
            )
    finally:
        for peer in peers:
            peer.stop()
    return {"rest_read_by_key": reads, "service_hello": hello}


def versions() -> dict:
    with tempfile.TemporaryDirectory() as folder:
        ours = run("version", folder=Path(folder)).stdout.strip()
    packages = ("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools", "granian")
    return {
        "altan-emulator": ours,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": tool(),
        **{name: metadata.version(name) for name in packages},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / ".build/bench.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    result = {"cores": os.cpu_count(), "kernel": platform.release(), "versions": versions()}
    with tempfile.TemporaryDirectory(prefix="altan-bench-") as name:
        folder = Path(name)
        seed = notes_seed(folder)
        result |= starts(options.rounds * 2, folder, seed) | deploys(options.rounds * 2) | memory(seed)
        for key, value in result.items():
            if isinstance(value, dict) and "median" in value:
                print(f"{key:<36} {value['median']:>8.1f}  ({value['min']:.1f} to {value['max']:.1f})")
            elif key.startswith("idle"):
                print(f"{key:<36} {value:>8.1f}")
        result |= throughput(options.rounds, options.seconds, folder, seed)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"every sample: {options.out}")


if __name__ == "__main__":
    main()
