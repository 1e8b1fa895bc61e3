"""A PostgreSQL client that only describes: what a statement's parameters and columns are, or why it is refused."""

import socket
import struct


class Server:
    """A connection over a Unix socket with trust authentication."""

    def __init__(self, folder, port, database, user="postgres"):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f"{folder}/.s.PGSQL.{port}")
        self.stream = self.socket.makefile("rb")
        start = b"user\0" + user.encode() + b"\0database\0" + database.encode() + b"\0\0"
        self.socket.sendall(struct.pack("!ii", len(start) + 8, 196608) + start)
        self._until_ready()

    def _send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _until_ready(self):
        messages = []
        while True:
            kind, length = struct.unpack("!ci", self.stream.read(5))
            body = self.stream.read(length - 4)
            messages.append((kind, body))
            if kind == b"Z":
                return messages

    @staticmethod
    def _error(body):
        fields = {}
        for part in body.rstrip(b"\0").split(b"\0"):
            fields[part[:1].decode()] = part[1:].decode()
        return fields

    def query(self, sql):
        """Rows of a simple query, as lists of text."""
        self._send(b"Q", sql.encode() + b"\0")
        rows = []
        for kind, body in self._until_ready():
            if kind == b"E":
                raise RuntimeError(self._error(body))
            if kind == b"D":
                count, at, row = struct.unpack("!h", body[:2])[0], 2, []
                for _ in range(count):
                    size = struct.unpack("!i", body[at : at + 4])[0]
                    at += 4
                    row.append(None if size < 0 else body[at : at + size].decode())
                    at += max(size, 0)
                rows.append(row)
        return rows

    def describe(self, sql):
        """(parameter OIDs, [(name, OID, modifier)]) or the fields of the error."""
        self._send(b"P", b"\0" + sql.encode() + b"\0\0\0")
        self._send(b"D", b"S\0")
        self._send(b"S", b"")
        parameters, columns = [], []
        for kind, body in self._until_ready():
            if kind == b"E":
                return self._error(body)
            if kind == b"t":
                count = struct.unpack("!h", body[:2])[0]
                parameters = list(struct.unpack(f"!{count}I", body[2:]))
            if kind == b"T":
                at = 2
                for _ in range(struct.unpack("!h", body[:2])[0]):
                    end = body.index(b"\0", at)
                    _, _, oid, _, modifier, _ = struct.unpack("!ihIhih", body[end + 1 : end + 19])
                    columns.append((body[at:end].decode(), oid, modifier))
                    at = end + 19
        return parameters, columns
