"""Starting: the bundle that makes imports quick, and services that come up beside each other."""

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from emulator import Emulator, binary, clean_environment, eventually

PROBE = """
import inspect, re, sys
import fastapi, httpx, supabase
from fastapi import APIRouter
router = APIRouter()

@router.get("/imports")
def imports():
    return {
        "loaders": sorted({type(m.__spec__.loader).__name__ for m in (fastapi, httpx, supabase, inspect)}),
        "file": fastapi.__file__,
        "submodule": sys.modules["fastapi.routing"].__spec__.name,
        "package": fastapi.__path__[:],
        "source": inspect.getsource(fastapi.APIRouter).startswith("class APIRouter"),
        "finders": [getattr(f, "__name__", type(f).__name__) for f in sys.meta_path],
        "compiler": re._compiler.compile.__module__,
        "compiled": re.compile("(?P<year>[0-9]{4})-x").match("2025-x")["year"],
        "models": fastapi.openapi.models.OpenAPI(openapi="3", info={"title": "t", "version": "1"}).info.title,
    }
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache folder of our own whose environment is the real one's files, without a bundle."""
    home = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    real = Path(os.environ.get("ALTAN_EMULATOR_CACHE", f"{home}/altan-emulator")) / "python"
    folder = tmp_path_factory.mktemp("cache")
    for environment in (path for path in real.iterdir() if (path / "altan-base.lock").exists()):
        ours = folder / "python" / environment.name
        ours.mkdir(parents=True)
        for path in environment.iterdir():
            if not path.name.startswith("imports-"):
                (ours / path.name).symlink_to(path)
    return folder


def bundles(cache):
    return sorted(path for path in cache.glob("python/*/imports-*") if path.suffix == "")


def probed(cache, seed=None):
    """What a service sees of its imports, and the bundle that is there once the zygote has nothing left to do."""
    with Emulator(environment=clean_environment(ALTAN_EMULATOR_CACHE=str(cache)), seed=seed) as emulator:
        answer = emulator.deploy("probe", PROBE)
        assert answer.status == 200, answer.text
        seen = emulator.service("probe", "/imports").json()
        assert eventually(lambda: len(bundles(cache)) == 1 and whole(bundles(cache)[0]), within=60)
        return seen


def whole(bundle):
    """Whether it is no longer what a test below made of it."""
    return bundle.stat().st_size > 1_000_000 and not bundle.read_bytes().endswith(b"damaged")


def test_imports_from_the_bundle_are_like_any_other(cache):
    assert not bundles(cache)
    plain = probed(cache)
    (bundle,) = bundles(cache)
    made = bundle.stat()
    assert plain["loaders"] == ["SourceFileLoader"]
    assert plain["compiler"] == "re._compiler" and "Bundle" not in plain["finders"]
    assert probed(cache) == plain
    assert bundle.stat().st_mtime_ns == made.st_mtime_ns and bundle.stat().st_ino == made.st_ino


@pytest.mark.parametrize("damage", ["index", "code", "cut", "empty", "foreign"])
def test_a_bundle_in_doubt_is_not_used_and_made_anew(cache, damage):
    plain = probed(cache)
    (bundle,) = bundles(cache)
    content = bytearray(bundle.read_bytes())
    if damage == "index":
        content[2000:2010] = bytes(10)
    elif damage == "code":
        # The last module's code: whether it is looked at depends on what is imported, so every byte of all is changed.
        size = int.from_bytes(content[8:16], "little")
        content[16 + size :] = bytes(byte ^ 1 for byte in content[16 + size :])
    elif damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "empty":
        content.clear()
    elif damage == "foreign":
        content[:] = b"no bundle at all" * 100_000
    bundle.write_bytes(content + b"damaged")
    assert probed(cache) == plain


def test_two_first_starts_at_once_leave_one_whole_bundle(cache):
    for bundle in bundles(cache):
        bundle.unlink()
    seen = []
    starts = [threading.Thread(target=lambda: seen.append(probed(cache))) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(seen) == 2 and seen[0] == seen[1]
    (bundle,) = bundles(cache)
    made = bundle.stat()
    assert probed(cache) == seen[0]
    assert bundle.stat().st_ino == made.st_ino


HELLO = """
import os, time
from fastapi import APIRouter
router = APIRouter()

@router.get("/hello")
def hello():
    return {}
"""


def waits_for(path):
    return f"{HELLO}\nwhile not os.path.exists({str(path)!r}):\n    time.sleep(0.02)\n"


def test_a_service_need_not_wait_for_another_one_to_start(tmp_path):
    state, gate = tmp_path / "state", tmp_path / "gate"
    gate.touch()
    with Emulator(state=state) as emulator:
        assert emulator.deploy("quick", HELLO).status == 200
        assert emulator.deploy("slow", waits_for(gate)).status == 200
    gate.unlink()
    with Emulator(state=state) as emulator:
        assert emulator.service("quick", "/hello").status == 200
        gate.touch()
        assert emulator.service("slow", "/hello").status == 200


def test_services_of_a_seed_are_deployed_together_and_recorded_in_their_order(tmp_path):
    gate = tmp_path / "gate"
    codes = {
        "a": waits_for(gate),
        "b": "raise ValueError('on purpose')",
        "c": f"{HELLO}\nopen({str(gate)!r}, 'w').close()\n",
    }
    for name, code in codes.items():
        folder = tmp_path / "seed/services" / name
        folder.mkdir(parents=True)
        (folder / "service.py").write_text(code)
    with Emulator(seed=tmp_path / "seed") as emulator:
        assert [emulator.service(name, "/hello").status for name in codes] == [200, 502, 200]
        deployed = [line for line in emulator.get("/_emulator/journal").json() if line["kind"] == "deployment"]
        assert [(line["path"], line["status"]) for line in deployed] == [("a", 200), ("b", 422), ("c", 200)]
        emulator.reset()
        assert [emulator.service(name, "/hello").status for name in ("a", "c")] == [200, 200]


def test_a_zygote_whose_host_has_gone_says_nothing(cache):
    (base,) = (cache / "python").iterdir()
    host, control = socket.socketpair()
    host.close()
    with control:
        ended = subprocess.run(
            [binary(), "worker", "zygote", "--control", str(control.fileno()), "--base", str(base)],
            pass_fds=[control.fileno()],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
