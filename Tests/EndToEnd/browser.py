"""Drives Debian's headless Chromium by the WebDriver protocol, which is plain JSON over HTTP. Standard library only."""

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from emulator import eventually, request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# Nothing of the browser's own goes out, root may run it, and /dev/shm may be small.
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
]  # fmt: skip


class Missing(Exception):
    """The browser or its driver is not installed."""


class BrowserError(Exception):
    """What the driver answered instead of doing it."""


def programs() -> tuple[str, str]:
    """The driver and the browser. Raises `Missing`."""
    driver, program = shutil.which("chromedriver"), shutil.which("chromium")
    if not driver or not program:
        raise Missing("chromium and chromium-driver are not installed")
    return driver, program


class Browser:
    """A browser with one window. `with Browser() as browser:` ends it."""

    def __init__(self):
        driver, program = programs()
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="altan-browser-")))
            # Without a home of its own the browser writes to the user's.
            environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
            output = stack.enter_context(open(folder / "driver.log", "w+"))
            process = subprocess.Popen(
                [driver, "--port=0"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
            )
            stack.callback(self._end, process)
            port = eventually(lambda: re.search(r"on port (\d+)\.", (folder / "driver.log").read_text()), within=30)
            if not port:
                raise BrowserError((folder / "driver.log").read_text())
            self._base, self._session = f"http://127.0.0.1:{port[1]}", ""
            options = {"binary": program, "args": [*ARGUMENTS, f"--user-data-dir={folder}/profile"]}
            wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
            made = self._ask("POST", "/session", {"capabilities": wanted})
            self._session = f"/session/{made['sessionId']}"
            stack.callback(self._ask, "DELETE", "")
            self._stack = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    @staticmethod
    def _end(process):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _ask(self, method: str, path: str, body: dict | None = None):
        answer = request(self._base, method, self._session + path, body, timeout=60)
        value = json.loads(answer.body)["value"]
        if answer.status >= 400:
            raise BrowserError(f"{value['error']}: {value['message']}")
        return value

    # What a person does

    def open(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})

    def type(self, selector: str, text: str) -> None:
        """Types into a field, after what stands in it was taken out."""
        field = self._find(selector)
        self._ask("POST", f"/element/{field}/clear", {})
        self._ask("POST", f"/element/{field}/value", {"text": text})

    def press(self, selector: str) -> None:
        """Clicks something that leads nowhere."""
        self._ask("POST", f"/element/{self._find(selector)}/click", {})

    def follow(self, selector: str) -> None:
        """Clicks something that leads to another page, and waits until that is there."""
        page = self._find("html")
        self.press(selector)
        if not eventually(lambda: self._is_gone(page), within=30):
            raise BrowserError(f"{selector} led nowhere: {self.url}")
        eventually(lambda: self.run("return document.readyState") == "complete", within=30)

    def _is_gone(self, element: str) -> bool:
        try:
            self._ask("GET", f"/element/{element}/name")
        except BrowserError:
            return True
        return False

    # What a person sees

    @property
    def url(self) -> str:
        return self._ask("GET", "/url")

    @property
    def text(self) -> str:
        """The page as it is read."""
        return self._ask("GET", f"/element/{self._find('body')}/text")

    def property(self, selector: str, name: str):
        return self._ask("GET", f"/element/{self._find(selector)}/property/{name}")

    def run(self, script: str):
        """What a script of the page's returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def requests(self) -> list[str]:
        """Addresses of everything that the page loaded beside itself."""
        return self.run("return performance.getEntriesByType('resource').map(entry => entry.name)")

    def _find(self, selector: str) -> str:
        return self._ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]
