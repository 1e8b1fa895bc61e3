"""What a stand-in may import as `altan_standin`: its kept state, the emulator's time, ids, and a way to its services.

    from altan_standin import store, now, new_id

State lives in `store`, which is part of the emulator's own: it is marked, reset and listed with everything else. What
a module keeps in its globals is gone when the module is reloaded.
"""

import asyncio
import contextlib
import contextvars
import hashlib
import json
import os
import sqlite3
import ssl
import threading
import time

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    cloud TEXT NOT NULL, host TEXT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL,
    sequence INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (cloud, host, collection, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_in_order ON documents (cloud, host, collection, sequence);
CREATE TABLE IF NOT EXISTS counters (
    cloud TEXT NOT NULL, host TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (cloud, host, name)) WITHOUT ROWID;
"""

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LETTERS = bytes(ALPHABET[byte % len(ALPHABET)] for byte in range(256))
PUT = """
INSERT INTO documents VALUES (?1, ?2, ?3, ?4,
    (SELECT coalesce(max(sequence), 0) + 1 FROM documents WHERE cloud=?1 AND host=?2 AND collection=?3), ?5)
ON CONFLICT DO UPDATE SET body=excluded.body
"""
# The gateway answers this name itself.
HOST = "http://emulator.internal"


class Context:
    """Who calls, and when: what the gateway says beside the request itself."""

    def __init__(self, cloud="", service="", base_url="", now=None):
        self.cloud, self.service, self.base_url, self.now = cloud, service, base_url, now

    @classmethod
    def of(cls, facts):
        """- Parameter facts: the gateway's own header fields, by name."""

        def value(name):
            return facts.get(name, b"").decode()

        moment = value(b"x-altan-now")
        return cls(
            value(b"x-altan-cloud"), value(b"x-altan-service"), value(b"x-altan-base-url"),
            int(moment) / 1e6 if moment else None,
        )  # fmt: skip


NOBODY = Context()
context = contextvars.ContextVar("context", default=NOBODY)


def now():
    """Seconds since 1970 on the emulator's clock, which may stand still or be ahead."""
    moment = context.get().now
    return time.time() if moment is None else moment


def base_url():
    """The address of the caller's cloud, as browsers reach it."""
    return context.get().base_url


def page_url(path):
    """Where a browser reaches this stand-in's own `/_emulator/{path}`."""
    return f"{base_url()}/_emulator/thirdparty/{store.host}/{path}"


class Store:
    """Documents by collection and id, in the order in which they were first put. One file, kept by the emulator."""

    def __init__(self):
        self.path = ":memory:"
        self.host = ""
        self._local = threading.local()

    def open(self, path, host):
        self.path, self.host = path, host
        self._local = threading.local()

    @property
    def _connection(self):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, isolation_level=None, timeout=10)
            # The emulator's own connection waits as patiently; a lost machine loses the last moments, no more.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(SCHEMA)
            self._local.connection = connection
            self._local.depth = 0
        return connection

    @contextlib.contextmanager
    def transaction(self):
        """All or nothing; may be nested. An exception undoes it, unless its `keeps_changes` is true. Hold no `await`
        inside: it is the thread's, not the task's."""
        connection = self._connection
        depth = self._local.depth
        begin, commit, undo = (
            (f"SAVEPOINT s{depth}", f"RELEASE s{depth}", f"ROLLBACK TO s{depth}")
            if depth
            else ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
        )
        connection.execute(begin)
        self._local.depth += 1
        try:
            yield self
        except BaseException as error:
            self._local.depth -= 1
            keeps = getattr(error, "keeps_changes", False)
            connection.execute(commit if keeps else undo)
            if depth and not keeps:
                connection.execute(commit)
            raise
        self._local.depth -= 1
        connection.execute(commit)

    def get(self, collection, id):
        row = self._connection.execute(
            "SELECT body FROM documents WHERE cloud=? AND host=? AND collection=? AND id=?",
            (context.get().cloud, self.host, collection, str(id)),
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, collection, id, document):
        self._connection.execute(PUT, (context.get().cloud, self.host, collection, str(id), json.dumps(document)))
        return document

    def delete(self, collection, id):
        """Whether it was there."""
        return bool(
            self._connection.execute(
                "DELETE FROM documents WHERE cloud=? AND host=? AND collection=? AND id=?",
                (context.get().cloud, self.host, collection, str(id)),
            ).rowcount
        )

    def all(self, collection):
        """Oldest first."""
        rows = self._connection.execute(
            "SELECT body FROM documents WHERE cloud=? AND host=? AND collection=? ORDER BY sequence",
            (context.get().cloud, self.host, collection),
        )
        return [json.loads(row[0]) for row in rows]

    def clouds(self):
        """Every cloud that has documents here."""
        rows = self._connection.execute("SELECT DISTINCT cloud FROM documents WHERE host=?", (self.host,))
        return [row[0] for row in rows]

    def count(self, name):
        """1, 2, 3, … for each name; part of the state, so that a reset counts the same again."""
        return self._connection.execute(
            "INSERT INTO counters VALUES (?,?,?,1) ON CONFLICT DO UPDATE SET value=value+1 RETURNING value",
            (context.get().cloud, self.host, name),
        ).fetchone()[0]


store = Store()


def settings():
    """What `seed/thirdparty/<host>.json` says now; an empty dict without such a file."""
    folder = os.environ.get("ALTAN_STANDIN_FOLDER")
    try:
        with open(os.path.join(folder, store.host + ".json"), encoding="utf-8") as file:
            return json.load(file)
    except (TypeError, OSError):
        return {}


def token(length, *seed):
    """Letters and digits that look random and are the same for the same seed."""
    bits = hashlib.shake_256("|".join(map(str, seed)).encode()).digest(length)
    return bits.translate(LETTERS).decode()


def new_id(prefix, length=24):
    """`cus_Q3…`: the next id of a kind. The same after a reset to the same mark."""
    return prefix + token(length, store.host, context.get().cloud, prefix, store.count("id " + prefix))


_client = None


def client():
    """One for the process: making one costs more than a delivery."""
    global _client
    import httpx

    if _client is None:
        # Nothing here speaks TLS: what leaves this machine goes through the gateway in plain text.
        _client = httpx.AsyncClient(timeout=30, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    return _client


async def ask_host(method, path, body=None):
    """Asks the emulator itself. A dict is sent and returned."""
    answer = await client().request(method, HOST + path, json=body, headers={"x-altan-cloud": context.get().cloud})
    answer.raise_for_status()
    return answer.json()


async def endpoints(secret_name):
    """Where webhooks may go: `{"endpoints": [{"service", "url", "secret_name", "events", "api_version"}], "listed",
    "reason"}`; `listed` when it was the configuration that said so."""
    return await ask_host("GET", f"/webhooks?secret={secret_name}&host={store.host}")


async def sign(secret_name, data, algorithm="sha256"):
    """The HMAC of `data` under a secret of the cloud, in hexadecimal. The secret itself stays with the emulator."""
    body = {"secret": secret_name, "data": data, "algorithm": algorithm}
    return (await ask_host("POST", "/sign", body))["hex"]


async def post(url, body, headers, timeout=30):
    """Sends bytes as they are. Returns status and text; 0 and the reason when nobody answered."""
    import httpx

    try:
        answer = await client().post(url, content=body, headers=headers, timeout=timeout)
        return answer.status_code, answer.text[:2000]
    except httpx.HTTPError as error:
        return 0, f"{type(error).__name__}: {error}"


_background = set()


def later(coroutine):
    """Runs something after the response, with the caller's context."""
    task = asyncio.get_running_loop().create_task(coroutine)
    _background.add(task)
    task.add_done_callback(_background.discard)
    return task


def open_from_environment(host):
    store.open(os.environ.get("ALTAN_STANDIN_STORE", ":memory:"), host)
