"""WebSockets of stand-ins: a server of the worker's own on loopback, to which the gateway connects those who call.

It speaks the protocol with the package `websockets`, and ASGI with the stand-in's application.
"""

import asyncio
import traceback
from urllib.parse import unquote

# By it the gateway asks where the server is; services' own headers of that kind are taken off before.
HEADER = b"x-altan-websockets"
LONGEST_MESSAGE = 64 << 20


class Door:
    """The server, started when it is first asked for."""

    def __init__(self, app):
        self.app = app
        self.server = None
        self.lock = asyncio.Lock()

    async def tell(self, send):
        """Answers the gateway's request with the port."""
        body = b"%d" % await self.port()
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def port(self):
        async with self.lock:
            if self.server is None:
                from websockets.asyncio.server import serve

                self.server = await serve(
                    lambda connection: connection.session.live(), "127.0.0.1", 0, process_request=self.open,
                    process_response=lambda connection, _, response: connection.session.complete(response),
                    select_subprotocol=lambda connection, _: connection.session.subprotocol,
                    max_size=LONGEST_MESSAGE, ping_interval=None, server_header=None,
                )  # fmt: skip
        return self.server.sockets[0].getsockname()[1]

    async def open(self, connection, request):
        connection.session = Session(self.app, connection)
        return await connection.session.open(request)


class Session:
    """One connection, as ASGI sees it."""

    def __init__(self, app, connection):
        self.app, self.connection = app, connection
        # None once the application has accepted, else the status that refuses.
        self.decision = asyncio.get_running_loop().create_future()
        self.opened = asyncio.Event()
        self.greeted = False
        self.subprotocol, self.headers = None, []
        self.task = None

    async def open(self, request):
        """Asks the application. Returns None, or the response that refuses."""
        self.task = asyncio.create_task(self.run(scope_of(request, self.connection)))
        status = await self.decision
        return None if status is None else self.connection.respond(status, "")

    async def run(self, scope):
        # To return without an answer is to refuse.
        status = 403
        try:
            await self.app(scope, self.receive, self.send)
        except Exception:
            status = 500
            traceback.print_exc()
            if self.decision.done():
                await self.connection.close(1011)
        finally:
            if not self.decision.done():
                self.decision.set_result(status)

    async def live(self):
        """Once the handshake is done; the connection is closed when it returns."""
        self.opened.set()
        await self.task

    def complete(self, response):
        if response.status_code == 101:
            for name, value in self.headers:
                response.headers[name.decode("latin-1")] = value.decode("latin-1")

    async def receive(self):
        from websockets.exceptions import ConnectionClosed

        if not self.greeted:
            self.greeted = True
            return {"type": "websocket.connect"}
        await self.opened.wait()
        try:
            message = await self.connection.recv()
        except ConnectionClosed as end:
            code, reason = (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")
            return {"type": "websocket.disconnect", "code": code, "reason": reason}
        return {"type": "websocket.receive", "text" if isinstance(message, str) else "bytes": message}

    async def send(self, message):
        from websockets.exceptions import ConnectionClosed

        kind = message["type"]
        if kind == "websocket.accept":
            self.subprotocol, self.headers = message.get("subprotocol"), message.get("headers") or []
            self.decision.set_result(None)
        elif kind == "websocket.close" and not self.decision.done():
            self.decision.set_result(403)
        else:
            await self.opened.wait()
            try:
                if kind == "websocket.close":
                    await self.connection.close(message.get("code", 1000), message.get("reason") or "")
                else:
                    data = message.get("bytes")
                    await self.connection.send(message["text"] if data is None else data)
            except ConnectionClosed:
                # As servers do: what is said after the end is lost.
                pass


def scope_of(request, connection):
    path, _, query = request.path.partition("?")
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.raw_items()]
    offered = ",".join(value.decode("latin-1") for name, value in headers if name == b"sec-websocket-protocol")
    host, _, port = next((v.decode("latin-1") for n, v in headers if n == b"host"), "").partition(":")
    return {
        "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "wss",
        "path": unquote(path), "raw_path": path.encode("latin-1"), "query_string": query.encode("latin-1"),
        "root_path": "", "headers": headers, "client": connection.remote_address[:2],
        "server": (host, int(port) if port.isdigit() else 443),
        "subprotocols": [name.strip() for name in offered.split(",") if name.strip()], "state": {},
    }  # fmt: skip
