"""Deployed services: the seeded one, and what a bad one can do to the others (nothing)."""

import threading
import time

import pytest
from emulator import Emulator, eventually

STEADY = """
from fastapi import APIRouter
router = APIRouter()

@router.get("/ping")
def ping():
    return "pong"
"""

WILD = """
import asyncio, ctypes, os, sys, time
from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from fastapi.responses import StreamingResponse
router = APIRouter()
kept = {"count": 0}

@router.get("/pid")
def pid():
    return os.getpid()

@router.get("/exit")
async def leave():
    os._exit(3)

@router.get("/segfault")
async def segfault():
    ctypes.string_at(0)

@router.get("/sys-exit")
async def sys_exit():
    sys.exit(4)

@router.get("/raise")
async def fail():
    raise RuntimeError("this is the reason")

@router.get("/forever")
async def forever():
    while True:
        pass

@router.get("/block")
async def block(seconds: float):
    time.sleep(seconds)
    return "awake"

@router.get("/teapot")
async def teapot():
    raise HTTPException(418, {"why": "tea"})

@router.post("/echo")
async def echo(request: Request):
    body = await request.body()
    return {"length": len(body), "type": request.headers.get("content-type"), "path": request.url.path}

@router.get("/stream")
async def stream():
    async def parts():
        for number in range(3):
            yield f"data: {number}\\n\\n"
            await asyncio.sleep(0.01)
    return StreamingResponse(parts(), media_type="text/event-stream")

@router.get("/later")
async def later(tasks: BackgroundTasks):
    def count():
        kept["count"] += 1
    tasks.add_task(count)
    return kept["count"]
"""


@pytest.fixture(scope="module")
def running():
    with Emulator() as emulator:
        for name, code in (("steady", STEADY), ("wild", WILD)):
            answer = emulator.deploy(name, code)
            assert answer.status in (200, 201), answer.text
        yield emulator


@pytest.fixture
def wild(running):
    """Ends with both services answering again."""
    yield running
    assert eventually(lambda: running.service("wild", "/pid").status == 200)
    assert running.service("steady", "/ping").json() == "pong"


# The seed's service


def test_the_seeded_service_reads_and_writes(board):
    board.reset()
    assert [project["name"] for project in board.service("tasks", "/projects").json()] == [
        "Office move",
        "Website relaunch",
    ]
    project = "7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0002"
    created = board.service(
        "tasks", "/items", "POST", {"project_id": project, "title": "Pack the books", "estimate_hours": "1.50"}
    )
    assert created.status == 201, created.text
    number = created.json()["id"]
    assert board.service("tasks", f"/items/{number}", "PATCH", {"status": "done"}).json()["status"] == "done"
    assert number in [task["id"] for task in board.service("tasks", "/items?status=done").json()]
    assert len(board.service("tasks", f"/items/{number}/link").json()["token"]) == 32
    assert board.service("tasks", f"/items/{number}", "DELETE").status == 204
    assert board.service("tasks", f"/items/{number}").status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/items/999", None, 404),
        ("GET", "/items?status=someday", None, 422),
        ("POST", "/items", {"title": ""}, 422),
        ("POST", "/items", {"project_id": "00000000-0000-4000-8000-000000000000", "title": "Lost"}, 409),
        ("PATCH", "/items/1", {"priority": 9}, 422),
        ("GET", "/nowhere", None, 404),
        ("PUT", "/items", {}, 405),
    ],
)
def test_the_seeded_service_refuses(method, path, body, status, board):
    answer = board.service("tasks", path, method, body)
    assert answer.status == status, answer.text
    assert "detail" in answer.json()


@pytest.mark.row("service.mount")
def test_the_schema_of_a_cloud_lists_its_services(board):
    answer = board.get("/services/openapi.json")
    assert answer.status == 200, answer.text
    assert "/api/tasks/items/{task_id}" in answer.json()["paths"]
    assert board.get("/services/docs").status == 200


@pytest.mark.row("service.prints")
def test_prints_go_to_the_log(board):
    created = board.service(
        "tasks", "/items", "POST", {"project_id": "7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0002", "title": "Print"}
    )
    line = f"created task {created.json()['id']}"
    path = f"/v1/instances/logs/cloud/{board.ready['cloud_id']}/service/pypulse?tail=1000"
    assert eventually(lambda: any(line in entry["message"] for entry in board.get(path).json()["lines"]))


def test_an_unknown_service_is_404(board):
    assert board.service("nobody", "/").status == 404


# Requirements

PLURAL = """
import inflection
from importlib.metadata import version
from fastapi import APIRouter
router = APIRouter()

@router.get("/of/{word}")
def of(word: str):
    return {"plural": inflection.pluralize(word), "version": version("inflection")}
"""


@pytest.mark.row("service.requirements")
def test_requirements_are_installed_for_each_service(running):
    for name, wanted in (("plural_old", "0.5.0"), ("plural_new", "0.5.1")):
        answer = running.deploy(name, PLURAL, [f"inflection=={wanted}"])
        assert answer.status in (200, 201), answer.text
    for name, wanted in (("plural_old", "0.5.0"), ("plural_new", "0.5.1")):
        assert running.service(name, "/of/service").json() == {"plural": "services", "version": wanted}


def test_a_requirement_that_is_left_out_is_missing(running):
    answer = running.deploy("plural_none", PLURAL)
    assert answer.status == 422, answer.text
    assert "No module named 'inflection'" in answer.text


# The bridge


def test_a_status_and_detail_of_its_own(running):
    answer = running.service("wild", "/teapot")
    assert (answer.status, answer.json()) == (418, {"detail": {"why": "tea"}})


def test_a_body_arrives_whole(running):
    body = bytes(range(256)) * 12_288
    answer = running.request("POST", "/services/api/wild/echo", body, {"Content-Type": "application/x-thing"})
    assert answer.json() == {"length": len(body), "type": "application/x-thing", "path": "/services/api/wild/echo"}


@pytest.mark.row("service.streams")
def test_a_stream_arrives(running):
    answer = running.service("wild", "/stream")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"


@pytest.mark.row("service.streams")
def test_background_tasks_run(running):
    before = running.service("wild", "/later").json()
    assert eventually(lambda: running.service("wild", "/later").json() > before)


# Isolation


@pytest.mark.parametrize("path", ["/exit", "/segfault"])
def test_a_dead_worker_is_502_and_replaced(path, wild):
    before = wild.service("wild", "/pid").json()
    assert wild.service("wild", path).status == 502
    assert eventually(lambda: wild.service("wild", "/pid").status == 200)
    assert wild.service("wild", "/pid").json() != before


def test_sys_exit_is_500_and_ends_nothing(wild):
    before = wild.service("wild", "/pid").json()
    assert wild.service("wild", "/sys-exit").status == 500
    assert wild.service("wild", "/pid").json() == before


def test_an_exception_is_500_with_its_traceback_in_the_log(wild):
    answer = wild.service("wild", "/raise")
    assert answer.status == 500
    path = f"/v1/instances/logs/cloud/{wild.ready['cloud_id']}/service/wild?tail=1000"
    assert eventually(lambda: "this is the reason" in wild.get(path).text)


def test_an_endless_loop_is_504_and_replaced_while_others_answer(wild):
    answers = []
    stuck = threading.Thread(target=lambda: answers.append(wild.service("wild", "/forever", timeout=60).status))
    stuck.start()
    began = time.monotonic()
    while stuck.is_alive() and time.monotonic() - began < 5:
        assert wild.service("steady", "/ping", timeout=5).json() == "pong"
        time.sleep(0.2)
    stuck.join(60)
    assert answers == [504]


def test_a_blocking_call_is_left_alone(wild):
    before = wild.service("wild", "/pid").json()
    answer = wild.service("wild", "/block?seconds=15", timeout=60)
    assert (answer.status, answer.json()) == (200, "awake")
    assert wild.service("wild", "/pid").json() == before
