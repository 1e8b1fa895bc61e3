"""The requests that supabase-js 2 sends for each method of its query builder, as data: `supabase_js.json`.

A case names the call as JavaScript has it, what of the request is not the same for all, and what comes back. Parameters
are encoded as URLSearchParams does, headers are those of supabase-js in Node.
"""

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

FILE = Path(__file__).with_suffix(".json")


@dataclass
class Case:
    js: str
    path: str
    status: int
    # What `data` is, or `error`; text where it is CSV; nothing where the answer has no body.
    result: object = None
    method: str = "GET"
    params: list = field(default_factory=list)
    prefer: str = ""
    accept: str = "*/*"
    body: object = None
    # Of the answer.
    headers: dict = field(default_factory=dict)
    schema: str = "public"

    def __str__(self):
        return self.js

    @property
    def target(self) -> str:
        query = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in self.params)
        return f"/rest/v1{self.path}" + (f"?{query}" if query else "")

    def request_headers(self, key: str) -> dict[str, str]:
        reads = self.method in ("GET", "HEAD")
        headers = {
            "apikey": key,
            "Authorization": f"Bearer {key}",
            "X-Client-Info": "supabase-js-node/2.57.4",
            "Accept": self.accept,
            "Accept-Language": "*",
            "Sec-Fetch-Mode": "cors",
            "User-Agent": "node",
            "Accept-Encoding": "gzip, deflate",
            "Accept-Profile" if reads else "Content-Profile": self.schema,
        }
        if self.prefer:
            headers["Prefer"] = self.prefer
        if not reads:
            headers["Content-Type"] = "application/json"
        return headers


def encoded(text: str) -> str:
    return quote_plus(text, safe="*-._")


def cases() -> list[Case]:
    return [Case(**case) for case in json.loads(FILE.read_text("utf-8"))]


def send(base: str, key: str, case: Case) -> tuple[int, dict[str, str], str]:
    address = urlsplit(base)
    connection = HTTPConnection(address.hostname, address.port, timeout=30)
    try:
        body = None if case.body is None else json.dumps(case.body, separators=(",", ":"), ensure_ascii=False).encode()
        connection.request(case.method, case.target, body, case.request_headers(key))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read().decode()
    finally:
        connection.close()
