"""Starts the real binary and talks to it. Standard library only: benchmarks and the fuzzer use it too."""

import http.client
import json
import os
import selectors
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parents[2]
SEEDS = Path(__file__).resolve().parent / "seeds"


def binary() -> str:
    named = os.environ.get("ALTAN_EMULATOR_BINARY")
    return named or str(REPOSITORY / ".build/release/altan-emulator")


def clean_environment(**extra: str) -> dict[str, str]:
    """The caller's environment without what would point a command at another emulator."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ALTAN_") or k == "ALTAN_EMULATOR_CACHE"}
    return kept | extra


class StartFailed(Exception):
    """The process ended, or went silent, before its ready line."""

    def __init__(self, code: int | None, output: str, errors: str):
        super().__init__(f"exit status {code}\n{output}\n{errors}")
        self.code, self.output, self.errors = code, output, errors


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def request(
    base: str, method: str, path: str, body=None, headers: dict[str, str] | None = None, timeout: float = 30
) -> Response:
    """One request on its own connection. A `body` that is neither bytes nor text is sent as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes | str):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    if isinstance(body, str):
        body = body.encode()
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
    try:
        connection.request(method, address.path.rstrip("/") + path, body=body, headers=headers)
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Emulator:
    """A running `altan-emulator start`. `with Emulator(seed=…) as emulator:` stops it at the end."""

    def __init__(
        self,
        *options: str,
        seed: Path | None = None,
        state: Path | None = None,
        folder: Path | None = None,
        port: int = 0,
        environment: dict[str, str] | None = None,
        ready_within: float = 60,
    ):
        self._scratch = None if folder else tempfile.TemporaryDirectory(prefix="altan-e2e-")
        self.folder = Path(folder or self._scratch.name)
        arguments = ["start", "--json", "--port", str(port)]
        arguments += ["--state", str(state)] if state else ["--ephemeral"]
        # A folder that does not exist is no seed at all, even where the working folder has one of its own.
        empty = self.folder / "no-seed"
        empty.mkdir(exist_ok=True)
        arguments += ["--seed", str(seed or empty), *options]
        self.error_file = open(self.folder / f"stderr-{time.monotonic_ns()}.log", "w+b")
        self.process = subprocess.Popen(
            [binary(), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.error_file,
            env=environment or clean_environment(),
        )
        try:
            self.ready = self._ready_line(ready_within)
        except BaseException:
            self.stop()
            raise
        self.base = self.ready["base_url"]
        self.service_key = self.ready["service_role_key"]
        self.anon_key = self.ready["anon_key"]

    def _ready_line(self, seconds: float) -> dict:
        line, deadline = b"", time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise StartFailed(None, line.decode(), "no ready line in time\n" + self.errors())
                chunk = os.read(self.process.stdout.fileno(), 65536)
                if not chunk:
                    code = self.process.wait(10)
                    raise StartFailed(code, line.decode(), self.errors())
                line += chunk
        return json.loads(line.split(b"\n")[0])

    def errors(self) -> str:
        self.error_file.flush()
        return Path(self.error_file.name).read_text("utf-8", "replace")

    def stop(self, with_signal: int = signal.SIGTERM, within: float = 15) -> int:
        """Ends the process and returns its status as a shell would give it."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
            finally:
                self._release()
        else:
            self._release()
        code = self.process.returncode
        return code if code >= 0 else 128 - code

    def _release(self):
        self.process.stdout.close()
        self.error_file.close()
        if self._scratch:
            self._scratch.cleanup()
            self._scratch = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # Talking to it

    def request(self, method: str, path: str, body=None, headers=None, timeout: float = 30) -> Response:
        return request(self.base, method, path, body, headers, timeout)

    def get(self, path: str, **options) -> Response:
        return self.request("GET", path, **options)

    def keys(self, key: str | None = None) -> dict[str, str]:
        key = key or self.service_key
        return {"apikey": key, "Authorization": f"Bearer {key}"}

    def rest(self, method: str, path: str, body=None, key: str | None = None, headers=None, timeout: float = 30):
        return self.request(method, f"/rest/v1{path}", body, self.keys(key) | (headers or {}), timeout)

    def tool(self, name: str, /, timeout: float = 60, **arguments) -> Response:
        return self.request("POST", f"/tools/{name}", arguments, timeout=timeout)

    def deploy(self, name: str, code: str, requirements: list[str] | None = None, tool="create_service") -> Response:
        return self.tool(
            tool,
            cloud_id=self.ready["cloud_id"],
            service_name=name,
            description=name,
            requirements=requirements or [],
            code=code,
            timeout=120,
        )

    def service(self, name: str, path: str, method: str = "GET", body=None, timeout: float = 30) -> Response:
        return self.request(method, f"/services/api/{name}{path}", body, timeout=timeout)

    def sql(self, query: str) -> list:
        answer = self.tool("execute_sql", cloud_id=self.ready["cloud_id"], query=query)
        assert answer.status == 200, answer.text
        result = answer.json()
        return result if isinstance(result, list) else result["rows"]

    def reset(self) -> None:
        answer = self.request("POST", "/_emulator/reset", {})
        assert answer.status < 300, answer.text


def run(*arguments: str, folder: Path, timeout: float = 60, stdin: str = "", environment=None):
    """Runs a command of the binary to its end."""
    return subprocess.run(
        [binary(), *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment or clean_environment(),
        check=False,
    )


# Processes, from /proc


def processes() -> dict[int, tuple[int, str]]:
    """Every process: id → (parent, command line). Zombies are left out: they are dead, only not yet collected."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            except OSError:
                continue
            state, parent = status.rpartition(")")[2].split()[:2]
            if state not in "ZX":
                found[int(entry.name)] = (int(parent), command)
    return found


def descendants(root: int) -> dict[int, str]:
    """Id → command line of everything below a process."""
    everything, below = processes(), {}
    frontier = {root}
    while frontier:
        frontier = {pid for pid, (parent, _) in everything.items() if parent in frontier}
        below |= {pid: everything[pid][1] for pid in frontier}
    return below


def eventually(claim, within: float = 10, every: float = 0.05):
    """Waits until `claim()` is true and returns it; the last false value if it never is."""
    deadline = time.monotonic() + within
    while not (value := claim()) and time.monotonic() < deadline:
        time.sleep(every)
    return value
