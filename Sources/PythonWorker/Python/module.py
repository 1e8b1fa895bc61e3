"""A service's module: imported from its text, checked for its router, mounted in an application."""

import linecache
import os
import re
import sys
import traceback
import types

from . import hints, inspection

ALTAN_WORDING = "router variable isn't being exported"

# Where the name in `import` is not the name in requirements.
DISTRIBUTIONS = {
    "PIL": "pillow", "bs4": "beautifulsoup4", "cv2": "opencv-python-headless", "dateutil": "python-dateutil",
    "dotenv": "python-dotenv", "jose": "python-jose", "jwt": "PyJWT", "multipart": "python-multipart",
    "psycopg2": "psycopg2-binary", "sklearn": "scikit-learn", "slugify": "python-slugify", "yaml": "PyYAML",
    "google.cloud": "google-cloud-", "googleapiclient": "google-api-python-client", "magic": "python-magic",
    "telegram": "python-telegram-bot", "Crypto": "pycryptodome", "docx": "python-docx", "pptx": "python-pptx",
    "fitz": "PyMuPDF", "attr": "attrs", "serial": "pyserial", "zmq": "pyzmq", "ulid": "python-ulid",
}  # fmt: skip


class ImportFailure(Exception):
    """Why a module did not come up, as the host's DeployFailure wants it."""

    def __init__(self, stage, message, trace=None, hint=None):
        super().__init__(message)
        self.stage, self.message, self.trace, self.hint = stage, message, trace, hint

    def report(self):
        return {"stage": self.stage, "message": self.message, "traceback": self.trace, "hint": self.hint}

    @classmethod
    def starting(cls, error):
        trace = "".join(traceback.format_exception(error))
        return cls("import", f"The service's startup handlers failed: {describe(error)}", trace, None)


def describe(error):
    if isinstance(error, SystemExit):
        return f"sys.exit({error.code!r}) was called"
    return traceback.format_exception_only(error)[-1].strip()


def import_router(name, code):
    """Runs the module and returns its router."""
    filename = f"{name}.py"
    lines = code.splitlines(keepends=True)
    linecache.cache[filename] = (len(code), None, lines, filename)
    module = types.ModuleType(f"services.{name}")
    module.__file__ = filename
    sys.modules[module.__name__] = module
    try:
        exec(compile(code, filename, "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:
        cause = describe(error)
        raise ImportFailure(
            "import", f"{ALTAN_WORDING}: importing the module failed with {cause}",
            own_traceback(error, filename), hint_for(error, code),
        ) from None  # fmt: skip
    return find_router(module)


def own_traceback(error, filename):
    """The traceback from the module's first line on, without the frames that ran it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != filename:
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame))


def find_router(module):
    from fastapi import APIRouter, FastAPI

    router = module.__dict__.get("router")
    if isinstance(router, APIRouter):
        return router
    others = [name for name, value in module.__dict__.items() if isinstance(value, APIRouter)]
    apps = [name for name, value in module.__dict__.items() if isinstance(value, FastAPI)]
    if "router" in module.__dict__:
        cause = f"`router` is a {type(router).__name__}, not a fastapi.APIRouter"
        hint = "Write `router = APIRouter()` at module level."
    elif others:
        cause = f"the module's APIRouter is called `{others[0]}`"
        hint = f"Rename it, or add `router = {others[0]}` at module level."
    elif apps:
        cause = f"the module makes a FastAPI application (`{apps[0]}`) and no router"
        hint = f"Replace `{apps[0]} = FastAPI(...)` by `router = APIRouter()` and its decorators by `@router`."
    else:
        cause = "the module was imported without an error but has no variable `router`"
        hint = "Write `router = APIRouter()` at module level and put the endpoints on it."
    raise ImportFailure("router", f"{ALTAN_WORDING}: {cause}", None, hint)


def hint_for(error, code):
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.split(".")[0]
        if error.name in ("uvloop", "aiodns"):
            return f"`{error.name}` is not available in services; the standard event loop is used."
        return f'Add "{distribution(error.name)}" to the service\'s requirements (imported as `{top}`).'
    known = hints.find(describe(error))
    if known:
        return known
    try:
        required = inspection.inspect(code)["required"]
    except Exception:
        return None
    missing = [name for name in required if not os.environ.get(name)]
    if missing:
        these = ", ".join(missing)
        return f"Not set in this cloud: {these}. Add with upsert_secret, then deploy again."
    return None


def distribution(name):
    if name.startswith("google.cloud."):
        return "google-cloud-" + re.sub("_", "-", name.split(".")[2])
    top = name.split(".")[0]
    return DISTRIBUTIONS.get(name) or DISTRIBUTIONS.get(top) or top


def mount(router, name):
    """The application around a service's router. The front serves the merged schema and the documentation page."""
    from fastapi import FastAPI

    app = FastAPI(title=name, openapi_url=None, docs_url=None, redoc_url=None)
    try:
        app.include_router(router, prefix=f"/api/{name}")
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        raise ImportFailure("router", f"the router cannot be mounted: {describe(error)}", trace, None) from None
    return app


def routes(router, prefix, warnings):
    """[[method, path]…] of everything that the router answers, in its order."""
    found = []
    for route in getattr(router, "routes", ()):
        included = getattr(route, "original_router", None)
        if included is not None:
            found += routes(included, prefix + route.include_context.prefix, warnings)
            continue
        path = prefix + getattr(route, "path", "")
        methods = getattr(route, "methods", None)
        if methods:
            found += [[method, path] for method in sorted(methods)]
        elif type(route).__name__.endswith("WebSocketRoute"):
            warnings.append(f"{path} is a WebSocket route; the emulator does not serve those yet (it answers 501)")
        elif hasattr(route, "routes"):
            found += routes(route, path, warnings)
    return found
