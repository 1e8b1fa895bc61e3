"""Measures start, deploy, memory and throughput of the release binary beside its peers, interleaved in one run.

Every sample is kept in the output file. A ratio below 1.2 either way is called a tie: on a small shared machine the same
binary differs from itself by that much. A single answer other than 2xx ends the run with an error.
"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from agents import agents
from database import database, large_state
from emulator import REPOSITORY, Emulator, descendants, run
from load import tool
from samples import HERE, milliseconds, summary
from throughput import HELLO, SOMEBODY, large_rows, throughput


def seed_folder(folder: Path) -> Path:
    """A seed of a few tables with a thousand rows each."""
    seed = folder / "seed"
    shutil.copytree(HERE / "seed", seed)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    numbers = range(1, 1001)

    def moment(number: int) -> datetime:
        return start + timedelta(minutes=number)

    tables = {
        "notes": [f"({n}, 'Note {n}', '{'word ' * 20}', {n % 5}, {n % 2 == 0}, '{moment(n)}')" for n in numbers],
        "readings": [
            f"({n}, 'Station {n % 40}', 'temperature', {n / 7:.4f}, 'K', {n % 3}, {n % 2 == 0}, "
            f"{'null' if n % 4 else chr(39) + 'by hand' + chr(39)}, '{moment(n * 60):%Y-%m-%d}', '{moment(n)}')"
            for n in numbers
        ],
        "authors": [f"({n}, 'Author {n}')" for n in numbers],
        "books": [f"({n}, {(n - 1) // 3 + 1}, 'Book {n}', {n % 700})" for n in range(1, 3001)],
        "chapters": [f"({n}, {(n - 1) // 4 + 1}, 'Chapter {n}')" for n in range(1, 12001)],
        "guarded": [f"({n}, '{SOMEBODY}', 'Row {n}')" for n in numbers],
        "open": [f"({n}, '{SOMEBODY}', 'Row {n}')" for n in numbers],
    }
    statements = [f"insert into {table} values\n" + ",\n".join(rows) + ";\n" for table, rows in tables.items()]
    (seed / "data.sql").write_text("".join(statements))
    return seed


# Start, deploy, memory


def starts(rounds: int, folder: Path, seed: Path) -> dict:
    """Process start to ready line, for a new and an existing state of the project's seed and of one with 6,000 rows, and
    to the first answer of a seeded service."""
    seeds = {"": REPOSITORY / "seed", "_6000_rows": seed}
    ready: dict[str, list] = {f"start_{age}_state{suffix}_ms": [] for suffix in seeds for age in ("new", "existing")}
    served = []
    for number in range(rounds):
        for suffix, source in seeds.items():
            for age in ("new", "existing"):
                began = time.perf_counter()
                with Emulator(seed=source, state=folder / f"state{suffix}-{number}"):
                    ready[f"start_{age}_state{suffix}_ms"].append(milliseconds(began))
    state, config = folder / "served", str(REPOSITORY / "emulator.json")
    for number in range(rounds + 1):
        began = time.perf_counter()
        with Emulator("--config", config, seed=REPOSITORY / "seed", state=state) as emulator:
            answer = emulator.service("tasks", "/items/1")
            assert answer.status == 200, answer.text
            if number:  # the first one made the state
                served.append(milliseconds(began))
    return {
        **{name: summary(samples) for name, samples in ready.items()},
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


def versions() -> dict:
    with tempfile.TemporaryDirectory() as folder:
        ours = run("version", folder=Path(folder)).stdout.strip()
    packages = ("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools", "granian", "datasette")
    return {
        "altan-emulator": ours,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": tool(),
        **{name: metadata.version(name) for name in packages},
    }


def show(result: dict) -> None:
    for key, value in result.items():
        if isinstance(value, dict) and "median" in value:
            print(f"{key:<38} {value['median']:>8.2f}  ({value['min']:.2f} to {value['max']:.2f})")
        elif key.startswith("idle"):
            print(f"{key:<38} {value:>8.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / ".build/bench.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--only", help="throughput rows whose name contains this, and nothing else")
    parser.add_argument(
        "--large", action="store_true", help="also a table of 10 million rows, which takes a minute to make"
    )
    options = parser.parse_args()
    result = {"cores": os.cpu_count(), "kernel": platform.release(), "versions": versions()}
    with tempfile.TemporaryDirectory(prefix="altan-bench-") as name:
        folder = Path(name)
        seed = seed_folder(folder)
        if options.only is None:
            result |= starts(options.rounds * 2, folder, seed) | deploys(options.rounds * 2) | memory(seed)
            show(result)
            waits = agents(options.rounds, options.seconds, folder)
            show(waits)
            result |= waits
            costs = database(options.rounds, folder)
            show(costs)
            result |= costs
        result |= throughput(options.rounds, options.seconds, folder, seed, options.only)
        if options.large:
            result |= large_rows(large_state(folder), options.rounds, options.seconds)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"every sample: {options.out}")


if __name__ == "__main__":
    main()
