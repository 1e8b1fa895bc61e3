"""kill -9 of the host, the zygote or a worker while rows are being written: nothing acknowledged is lost, nothing is left running.

ALTAN_CRASH_ROUNDS says how often each is done (3 unless told otherwise).
"""

import http.client
import os
import signal
import threading
import time

import pytest
from emulator import Emulator, descendants, eventually, processes

ROUNDS = int(os.environ.get("ALTAN_CRASH_ROUNDS", "3"))

SCHEMA = "create table entries (id integer primary key, writer text not null);\n"

SERVICE = """
import os, subprocess
from fastapi import APIRouter
from supabase import create_client
router = APIRouter()
db = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_KEY"])

@router.get("/start/{seconds}")
def start(seconds: int):
    return {"sleep": subprocess.Popen(["sleep", str(seconds)]).pid, "worker": os.getpid()}

@router.post("/write/{number}")
def write(number: int):
    return db.table("entries").insert({"id": number, "writer": "service"}).execute().data
"""


class Writer(threading.Thread):
    """Writes rows one after the other until told to stop, and keeps the numbers of those that were acknowledged."""

    def __init__(self, emulator: Emulator, start: int, through_service: bool):
        super().__init__()
        self.emulator, self.number, self.through_service = (emulator, start, through_service)
        self.acknowledged: list[int] = []
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            self.number += 1
            try:
                if self.through_service:
                    answer = self.emulator.service("keeper", f"/write/{self.number}", "POST", timeout=20)
                else:
                    answer = self.emulator.rest("POST", "/entries", {"id": self.number, "writer": "rest"}, timeout=20)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if answer.status in (200, 201):
                self.acknowledged.append(self.number)


def family(emulator: Emulator) -> tuple[int, int]:
    """The ids of the zygote and of the worker that `keeper` runs in."""
    worker = None
    for pid, command in descendants(emulator.process.pid).items():
        if command.startswith("sleep "):
            worker = processes()[pid][0]
    assert worker is not None
    return processes()[worker][0], worker


def strike(emulator: Emulator, victim: str, number: int) -> set[int]:
    """Kills the victim while rows are written; returns the numbers that were acknowledged until then and after."""
    seconds = 100_000 + os.getpid() % 10_000 * 10 + number
    started = emulator.service("keeper", f"/start/{seconds}").json()
    zygote, worker = family(emulator)
    assert worker == started["worker"]
    host = emulator.process.pid
    everyone = {host, *descendants(host)}
    # Every round writes numbers of its own, so a row can only come from its one request.
    base = number * 1_000_000
    direct = Writer(emulator, base, False)
    served = Writer(emulator, base + 500_000, True)
    for writer in (direct, served):
        writer.start()
    try:
        assert eventually(lambda: min(len(direct.acknowledged), len(served.acknowledged)) >= 10, within=20)
        target = {"host": host, "zygote": zygote, "worker": worker}[victim]
        os.kill(target, signal.SIGKILL)
        doomed = everyone if victim == "host" else {target, worker, started["sleep"]}
        eventually(lambda: not doomed & processes().keys())
        left = {pid: command for pid, (_, command) in processes().items() if pid in doomed}
        assert not left, "left running"
        if victim != "host":
            seen = len(served.acknowledged)
            assert eventually(lambda: len(served.acknowledged) > seen, within=20), "the service did not come back"
            assert emulator.process.poll() is None
    finally:
        for writer in (direct, served):
            writer.stopping.set()
            writer.join()
    return {*direct.acknowledged, *served.acknowledged}


@pytest.mark.parametrize("victim", ["host", "zygote", "worker"])
def test_kill_9_while_writing(victim, tmp_path):
    seed, state = tmp_path / "seed", tmp_path / "state"
    seed.mkdir()
    (seed / "schema.sql").write_text(SCHEMA)
    acknowledged: set[int] = set()
    emulator = Emulator(seed=seed, state=state, folder=tmp_path)
    try:
        answer = emulator.deploy("keeper", SERVICE, ["supabase"])
        assert answer.status in (200, 201), answer.text
        for number in range(ROUNDS):
            acknowledged |= strike(emulator, victim, number)
            if victim == "host":
                emulator.stop()
                emulator = Emulator(seed=seed, state=state, folder=tmp_path)
            rows = emulator.rest("GET", "/entries?select=id").json()
            lost = acknowledged - {row["id"] for row in rows}
            assert not lost, f"acknowledged and lost: {sorted(lost)[:10]}"
    finally:
        emulator.stop()
