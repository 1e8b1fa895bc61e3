"""Runs one stand-in: a module, or a package of modules, that answers in the place of a host of the internet."""

import asyncio
import contextlib
import importlib
import importlib.abc
import importlib.util
import inspect
import io
import json
import sys
import traceback
import types

from . import standin_kit, standin_websockets
from .module import ImportFailure, describe
from .service import Service


class Package(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds `services.stand_in` and its modules in memory."""

    name = "services.stand_in"

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, fullname, path=None, target=None):
        if fullname == self.name:
            return importlib.util.spec_from_loader(fullname, self, is_package=True, origin=self.get_filename(fullname))
        if fullname.startswith(self.name + ".") and fullname.rpartition(".")[2] in self.sources:
            return importlib.util.spec_from_loader(fullname, self, origin=self.get_filename(fullname))
        return None

    def is_package(self, fullname):
        return fullname == self.name

    def get_filename(self, fullname):
        return ("__init__" if fullname == self.name else fullname.rpartition(".")[2]) + ".py"

    def get_source(self, fullname):
        return self.sources["__init__" if fullname == self.name else fullname.rpartition(".")[2]]

    def get_code(self, fullname):
        return compile(self.get_source(fullname), self.get_filename(fullname), "exec", dont_inherit=True)


class StandIn(Service):
    """A service whose code is `{module name: source}` as JSON, at the root of its host."""

    def load(self):
        sys.modules["altan_standin"] = standin_kit
        standin_kit.open_from_environment(self.name)
        sys.modules.setdefault("services", types.ModuleType("services")).__path__ = []
        sys.meta_path.insert(0, Package(json.loads(self.code)))
        try:
            module = importlib.import_module(Package.name)
        except BaseException as error:
            trace = "".join(traceback.format_exception(error))
            raise ImportFailure("import", f"the stand-in cannot be imported: {describe(error)}", trace, None) from None
        self.app = with_context(application(module))
        return lambda: {"routes": [], "openapi": None, "warnings": []}


def application(module):
    """The module's `app` (ASGI or WSGI) or `router`.

    - Raises: ImportFailure for a module that has none of them."""
    app = getattr(module, "app", None)
    router = getattr(module, "router", None)
    if app is None and router is not None:
        from fastapi import FastAPI

        app = FastAPI(openapi_url=None)
        app.include_router(router)
    if app is None:
        raise ImportFailure(
            "router", "the stand-in exports neither `app` nor `router`", None,
            "Write `router = APIRouter()` or an ASGI or WSGI application `app` at module level.",
        )  # fmt: skip
    return app if is_asgi(app) else Gateway(app)


def is_asgi(app):
    call = app if inspect.isroutine(app) or inspect.isclass(app) else type(app).__call__.__get__(app)
    return inspect.iscoroutinefunction(call) or len(inspect.signature(call).parameters) == 3


def with_context(app):
    """Takes what the gateway says about the caller out of the request and into the context."""

    async def run(scope, receive, send):
        if scope["type"] in ("http", "websocket"):
            facts = {n: v for n, v in scope["headers"] if n.startswith(b"x-altan-")}
            if standin_websockets.HEADER in facts:
                return await door.tell(send)
            standin_kit.context.set(standin_kit.Context.of(facts))
            scope["headers"] = [(n, v) for n, v in scope["headers"] if n not in facts]
        if scope["type"] != "http" and isinstance(app, Gateway):
            # WSGI knows requests only.
            return
        await app(scope, receive, send)

    door = standin_websockets.Door(run)
    return run


class Gateway:
    """A WSGI application as an ASGI one. Bodies are whole before it is called, on a thread."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            if not message["more_body"]:
                break
        status, headers, content = await asyncio.to_thread(self.call, self.environ(scope, bytes(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def call(self, environ):
        started = []
        parts = []

        def start_response(status, headers, exc_info=None):
            started[:] = [int(status.split(" ", 1)[0]), headers]
            return parts.append

        answer = self.app(environ, start_response)
        with contextlib.closing(answer) if hasattr(answer, "close") else contextlib.nullcontext():
            parts.extend(answer)
        headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in started[1]]
        return started[0], headers, b"".join(parts)

    def environ(self, scope, body):
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host, _, port = headers.get("host", "localhost").partition(":")
        environ = {
            "REQUEST_METHOD": scope["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": scope["path"].encode().decode("latin-1"),
            "RAW_URI": scope["raw_path"].decode("latin-1"),
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_NAME": host,
            "SERVER_PORT": port or str(scope["server"][1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": headers.get("content-type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scope["scheme"],
            "wsgi.input": io.BytesIO(body),
            # Without it, Werkzeug takes a body of no stated length (boto3 sends chunks) for an empty one.
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            if name not in ("content-length", "content-type", "transfer-encoding"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ
