"""One request and its response, as ASGI sees them: HTTP, spec version 2.3, the one that uvicorn speaks.

With it a streaming response ends promptly when its client leaves, because Starlette listens for that. The price, there
as here: a response that streams the request's own body competes with that listener for the body.
"""

import asyncio
import marshal
import sys
import traceback

from . import frames, hints, logs
from .frames import HEAD, LENGTH

ASGI = {"version": "3.0", "spec_version": "2.3"}
DISCONNECT = {"type": "http.disconnect"}
# Bodies up to this size travel in one frame with the head.
SMALL = 64 << 10


def shortened(error):
    """The traceback without the some thirty frames of the framework that come before the service's own code; whole
    where none of the service's code takes part."""
    entry = first = error.__traceback__
    while entry is not None and not entry.tb_frame.f_globals.get("__name__", "").startswith("services."):
        entry = entry.tb_next
    return "".join(traceback.format_exception(type(error), error, entry or (first and first.tb_next)))


class Exchange:
    __slots__ = (
        "connection", "stream", "scope", "call", "input", "more_input", "taken", "event", "disconnected",
        "status", "headers", "head_sent", "complete", "credit", "credit_event", "is_head", "unreturned",
    )  # fmt: skip

    def __init__(self, connection, stream, head, body, more, state):
        (
            self.call, http_version, method, scheme, path, raw_path, query, root_path, headers, client, server,
        ) = head  # fmt: skip
        self.connection = connection
        self.stream = stream
        self.scope = {
            "type": "http",
            "asgi": ASGI,
            "http_version": http_version,
            "method": method,
            "scheme": scheme,
            "path": path,
            "raw_path": raw_path,
            "query_string": query,
            "root_path": root_path,
            "headers": headers,
            "client": client,
            "server": server,
            "state": state.copy(),
        }
        self.input = body
        self.more_input = more
        self.taken = False
        self.event = None
        self.disconnected = False
        self.status = None
        self.headers = None
        self.head_sent = False
        self.complete = False
        self.credit = frames.INITIAL_WINDOW
        self.credit_event = None
        self.unreturned = 0
        self.is_head = method == "HEAD"

    async def run(self, app):
        logs.request_id.set(self.call)
        try:
            await app(self.scope, self.receive, self.send)
            if not self.complete and not self.disconnected:
                self._report("The application returned without completing its response.")
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and self.complete:
                pass
            elif not (self.disconnected and isinstance(error, (OSError, asyncio.CancelledError))):
                self._report(error)
            if isinstance(error, GeneratorExit):
                raise
        finally:
            logs.end_call(self.call)
            self._close()

    def _report(self, error):
        if isinstance(error, BaseException):
            text = shortened(error)
            sys.stderr.write("ERROR:    Exception in ASGI application\n" + text)
            hint = hints.find(text)
            if hint:
                sys.stderr.write(f"[hint] {hint}\n")
        else:
            sys.stderr.write(f"ERROR:    {error}\n")

    def _close(self):
        """Completes the response of an application that did not, and forgets the exchange."""
        if not self.complete and not self.disconnected:
            if self.head_sent:
                self.connection.send(frames.frame(frames.RESET, self.stream))
            else:
                body = b"Internal Server Error"
                self.status = 500
                self.headers = [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"content-length", b"%d" % len(body)),
                ]
                self._send_piece(b"" if self.is_head else body, 0)
            self.complete = True
        self.connection.exchanges.pop(self.stream, None)

    # What the host says

    def body_arrived(self, piece, more):
        self.input += piece
        self.more_input = more
        self._wake()

    def client_left(self):
        self.disconnected = True
        self._wake()
        if self.credit_event is not None:
            self.credit_event.set()

    def window_opened(self, count):
        self.credit += count
        if self.credit > 0 and self.credit_event is not None:
            self.credit_event.set()

    def _wake(self):
        if self.event is not None:
            self.event.set()

    # What the application calls

    async def receive(self):
        while True:
            if self.disconnected or self.complete:
                return DISCONNECT.copy()
            if self.input or (not self.more_input and not self.taken):
                body = self.input
                self.input = b""
                more = bool(self.more_input)
                self.taken = not more
                self.unreturned += len(body)
                if more and self.unreturned >= frames.INITIAL_WINDOW // 4:
                    credit = LENGTH.pack(self.unreturned)
                    self.connection.send(frames.frame(frames.WINDOW, self.stream, payload=credit))
                    self.unreturned = 0
                return {"type": "http.request", "body": body, "more_body": more}
            if self.event is None:
                self.event = asyncio.Event()
            self.event.clear()
            await self.event.wait()

    async def send(self, message):
        kind = message["type"]
        if kind == "http.response.start":
            if self.status is not None:
                raise RuntimeError("http.response.start was sent twice")
            headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
            for name, value in headers:
                if b"\n" in value or b"\r" in value or b"\0" in value or b"\n" in name or b":" in name or not name:
                    raise RuntimeError(f"invalid header field {name!r}: {value!r}")
            self.status = message["status"]
            self.headers = headers
        elif kind == "http.response.body":
            if self.status is None:
                raise RuntimeError("http.response.body was sent before http.response.start")
            if self.complete:
                raise RuntimeError("http.response.body was sent after the response was complete")
            body = b"" if self.is_head else message.get("body", b"")
            if type(body) is not bytes:
                body = bytes(body)  # It may be sent later, when its owner has changed it.
            more = message.get("more_body", False)
            if self.status >= 500 and not self.head_sent:
                self._hint(body)
            if len(body) <= frames.LARGEST_BODY_PIECE and self.credit > 0:
                if not self.disconnected:
                    self._send_piece(body, frames.MORE if more else 0)
            else:
                await self._send_pieces(body, more)
            if not more:
                self.complete = True
                self._wake()
        else:
            raise RuntimeError(f"unexpected ASGI message {kind!r}")

    def _hint(self, body):
        """Many services answer an exception's text themselves. The hint for it goes to the log and into the answer."""
        hint = hints.find(body[:4096].decode("utf-8", "replace"))
        if hint:
            sys.stderr.write(f"[hint] {hint}\n")
            self.headers.append((b"x-altan-hint", hints.header(hint)))

    async def _send_pieces(self, body, more):
        view = memoryview(body)
        size = len(view)
        start = 0
        while not self.disconnected:
            while size and self.credit <= 0 and not self.disconnected:
                if self.credit_event is None:
                    self.credit_event = asyncio.Event()
                self.credit_event.clear()
                await self.credit_event.wait()
            if self.disconnected:
                return
            end = min(start + frames.LARGEST_BODY_PIECE, size)
            self._send_piece(view[start:end], frames.MORE if more or end < size else 0)
            start = end
            if start >= size:
                return

    def _send_piece(self, piece, flags):
        size = len(piece)
        self.credit -= size
        send = self.connection.send
        if self.head_sent:
            send(HEAD.pack(size, self.stream, frames.BODY, flags, 0), piece)
            return
        self.head_sent = True
        fields = marshal.dumps(self.headers, 1)
        length = len(fields)
        if size <= SMALL:
            send(
                HEAD.pack(4 + length + size, self.stream, frames.RESPONSE, flags, self.status)
                + LENGTH.pack(length)
                + fields
                + piece
            )
        else:
            # The host passes a piece on as it arrives, but needs a head whole.
            send(
                HEAD.pack(4 + length, self.stream, frames.RESPONSE, frames.MORE, self.status) + LENGTH.pack(length),
                fields,
                HEAD.pack(size, self.stream, frames.BODY, flags, 0),
                piece,
            )
