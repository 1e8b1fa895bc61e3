"""One worker process: takes its order, sets itself up, runs one service until told to stop."""

import asyncio
import faulthandler
import json
import os
import resource
import signal
import socket
import sys
import time

from . import frames, inspection, outbound
from .connection import Connection
from .loop import WorkerLoop
from .service import Service


def serve(descriptor):
    """Waits for the first frames on the data socket and does what they say. Never returns."""
    data = socket.socket(fileno=descriptor)
    while True:
        received = frames.read_frame(data)
        if received is None:
            end(0)
        kind, stream, _, payload = received
        if kind == frames.INSPECT:
            answer = json.dumps(inspection.inspect(payload.decode())).encode()
            data.sendall(frames.frame(frames.INSPECTION, stream, payload=answer))
        elif kind == frames.ORDER:
            serve_order(data, json.loads(payload))
        elif kind == frames.SHUTDOWN:
            end(0)


def serve_order(data, order):
    set_up_process(order)
    loop = WorkerLoop()
    asyncio.set_event_loop(loop)
    connection = Connection(data, loop)
    service = role(order["role"])(order["service"], order["code"], connection, loop)
    main = loop.create_task(service.run())
    while not main.done():
        try:
            # Not run_forever: anyio keeps its threads for as long as the task lives that this was called with, and
            # for one request only where there is none.
            loop.run_until_complete(main)
        except (SystemExit, KeyboardInterrupt) as error:
            # Raised in a task or callback of the service's own: the request fails, the service lives.
            print(f"{type(error).__name__}: {error} in a task of the service; it goes on", file=sys.stderr)
    end(0)


def role(name):
    """What kind of code the order is about. Few workers are stand-ins: what they need is imported by them alone."""
    if name == "stand-in":
        from .standin import StandIn

        return StandIn
    return Service


def set_up_process(order):
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    if order["memory_limit"]:
        resource.setrlimit(resource.RLIMIT_DATA, (order["memory_limit"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.path[:0] = order["path"]
    sys.modules["uvloop"] = None
    sys.modules["aiodns"] = None
    if order["outbound"]:
        outbound.set_up(**order["outbound"])
    faulthandler.enable(file=2, all_threads=True)
    faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def end(status):
    """Leaves without waiting for threads that the service may have left running."""
    import atexit

    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)
