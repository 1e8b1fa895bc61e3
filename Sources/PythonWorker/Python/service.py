"""Runs one service: imports its module, mounts its router, starts it, answers calls, stops it."""

import asyncio
import json
import os
import sys
import traceback

from . import causes, frames, logs, outbound
from .exchange import ASGI, Exchange
from .module import ImportFailure, import_router, mount, routes


class Service:
    def __init__(self, name, code, connection, loop):
        self.name = name
        self.code = code
        self.connection = connection
        self.loop = loop
        self.ended = asyncio.Event()
        self.app = None
        self.state = {}
        self.tasks = set()
        self.lifespan = None
        connection.begin_exchange = self.begin_exchange
        connection.shut_down = lambda: loop.create_task(self.stop())

    async def run(self):
        """The whole life."""
        await self.start()
        await self.ended.wait()

    async def start(self):
        logs.capture(self.connection.log)
        try:
            # Inside the running loop, as on the platform: a module may start a scheduler or a task when imported.
            report = self.load()
            self.lifespan = Lifespan(self.app, self.state)
            await self.lifespan.start()
            report = report()
        except ImportFailure as failure:
            logs.end_all()
            self.connection.send(frames.frame(frames.FAILED, payload=json.dumps(failure.report()).encode()))
            self.connection.finish()
            self.ended.set()
            return
        logs.end_all()
        self.connection.send(frames.frame(frames.READY, payload=json.dumps(report).encode()))

    def load(self):
        """Imports the code and sets `app`; returns what makes the report once that is started."""
        router = import_router(self.name, self.code)
        causes.install(os.environ.get("SUPABASE_URL"), outbound.routes.gateway is not None)
        self.app = mount(router, self.name)
        return lambda: self.report(router)

    def report(self, router):
        warnings = []
        return {
            "routes": routes(router, f"/api/{self.name}", warnings),
            "openapi": self.openapi(warnings),
            "warnings": warnings,
        }

    def openapi(self, warnings):
        """The service's own schema, or None: a service whose models have no schema still serves."""
        try:
            schema = self.app.openapi()
            json.dumps(schema)
            return schema
        except Exception as error:
            last = traceback.format_exception_only(error)[-1].strip()
            warnings.append(f"no OpenAPI schema could be made for this service: {last}")
            return None

    def begin_exchange(self, stream, head, body, more):
        exchange = Exchange(self.connection, stream, head, body, more, self.state)
        self.connection.exchanges[stream] = exchange
        task = self.loop.start(exchange.run(self.app))
        if not task.done():
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def stop(self):
        """Lets what runs finish, then runs the shutdown handlers. The host sets the time limit."""
        while self.tasks:
            await asyncio.wait(self.tasks)
        if self.lifespan is not None:
            await self.lifespan.stop()
        self.connection.finish()
        self.ended.set()


class Lifespan:
    """ASGI's lifespan protocol, with the application in a task of its own, as context managers there may need."""

    def __init__(self, app, state):
        self.app = app
        self.state = state
        self.queue = asyncio.Queue()
        self.started = asyncio.get_running_loop().create_future()
        self.stopped = asyncio.get_running_loop().create_future()
        self.task = None

    async def start(self):
        run_each_handler_once()
        self.queue.put_nowait({"type": "lifespan.startup"})
        self.task = asyncio.get_running_loop().create_task(self._run())
        error = await self.started
        if error is not None:
            raise ImportFailure.starting(error)

    async def stop(self):
        if self.task.done():
            return
        self.queue.put_nowait({"type": "lifespan.shutdown"})
        await self.stopped

    async def _run(self):
        scope = {"type": "lifespan", "asgi": ASGI, "state": self.state}
        try:
            await self.app(scope, self.queue.get, self._send)
        except BaseException as error:
            if not self.started.done():
                self.started.set_result(error)
            elif not self.stopped.done():
                traceback.print_exception(error, file=sys.stderr)
        finally:
            if not self.started.done():
                self.started.set_result(None)
            if not self.stopped.done():
                self.stopped.set_result(None)

    async def _send(self, message):
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self.started.set_result(None)
        # Nothing to do for lifespan.startup.failed: Starlette raises the exception itself right after it.
        elif kind == "lifespan.shutdown.failed":
            sys.stderr.write(message.get("message", "") + "\n")


def run_each_handler_once():
    """`include_router` copies startup and shutdown handlers to the app *and* runs the router's own lifespan, so that
    plain FastAPI runs each of them twice. A scheduler that is started twice raises; once is what is meant."""
    from fastapi import APIRouter

    for phase in ("startup", "shutdown"):
        for name in (f"_{phase}", phase):
            if hasattr(APIRouter, name):
                setattr(APIRouter, name, _once(f"on_{phase}"))
                break


def _once(attribute):
    done = []

    async def run(self):
        for handler in list(getattr(self, attribute)):
            if any(handler is other for other in done):
                continue
            done.append(handler)
            result = handler()
            if hasattr(result, "__await__"):
                await result

    return run
