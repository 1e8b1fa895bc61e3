"""The product as the suite asks it: the tool that runs SQL, over HTTP, on one connection."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

from case import Answer
from emulator import Emulator


class Product:
    def __init__(self, emulator: Emulator):
        address = urlsplit(emulator.base)
        self.connection = HTTPConnection(address.hostname, address.port, timeout=60)

    def ask(self, sql: str) -> Answer:
        body = json.dumps({"query": sql})
        self.connection.request("POST", "/tools/execute_sql", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        document = json.loads(answer.read())
        if answer.status != 200:
            code = document.get("sqlstate") or f"HTTP {answer.status}"
            message = document.get("message", document.get("detail"))
            return Answer((), code, message, document.get("details"), document.get("hint"))
        return Answer(tuple("|".join(map(self._text, row.values())) for row in document))

    @staticmethod
    def _text(value) -> str:
        return "NULL" if value is None else value if isinstance(value, str) else json.dumps(value)
