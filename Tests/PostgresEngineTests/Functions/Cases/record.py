#!/usr/bin/env python3
"""Records PostgreSQL's answers: the first field of each line of NAME.tsv is an expression or a query, the others are its rows.

Usage: record.py [NAME...] after adding lines that hold only an expression. PGHOST (a socket folder), PGPORT, PGUSER and
PGDATABASE name a PostgreSQL 15 database of ICU locale en-US with uuid-ossp, pgcrypto and citext.
A row's values are joined by `|`; NULL is `\\0NULL`; an error is `!SQLSTATE` and its message.
"""

import os
import pathlib
import re
import socket
import struct
import sys

FOLDER = pathlib.Path(__file__).parent


class Server:
    """The simple query protocol, which is all that is needed."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ.get('PGPORT', '5432')}")
        options = {
            "user": os.environ["PGUSER"],
            "database": os.environ["PGDATABASE"],
            "timezone": "UTC",
            "client_min_messages": "error",
        }
        body = struct.pack("!i", 196608) + b"".join(f"{k}\0{v}\0".encode() for k, v in options.items()) + b"\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.answer()

    def read(self, count):
        data = b""
        while len(data) < count:
            data += self.socket.recv(count - len(data))
        return data

    def answer(self):
        rows, error = [], None
        while True:
            kind, length = struct.unpack("!ci", self.read(5))
            body = self.read(length - 4)
            if kind == b"D":
                row, position = [], 2
                for _ in range(struct.unpack("!h", body[:2])[0]):
                    size = struct.unpack("!i", body[position : position + 4])[0]
                    position += 4
                    row.append("\0NULL" if size < 0 else body[position : position + size].decode())
                    position += max(size, 0)
                rows.append("|".join(row))
            elif kind == b"E":
                fields = {f[:1]: f[1:].decode() for f in body.split(b"\0") if f}
                error = ["!" + fields[b"C"], fields[b"M"]]
            elif kind == b"Z":
                return error or rows

    def query(self, sql):
        body = sql.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)
        return self.answer()


def escape(text):
    return text.replace("\\", "\\\\").replace("\0", "\\0").replace("\n", "\\n").replace("\t", "\\t")


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "0": "\0"}.get(m[1], m[1]), text)


def record(name, server):
    path = FOLDER / f"{name}.tsv"
    lines = dict.fromkeys(unescape(l.split("\t")[0]) for l in path.read_text().split("\n") if l.strip())
    with open(path, "w") as file:
        for line in lines:
            sql = line if re.match(r"(?i)(select|with|values|\(select)\b", line) else f"SELECT {line}"
            file.write("\t".join(escape(f) for f in [line] + server.query(sql)) + "\n")


for name in sys.argv[1:] or sorted(p.stem for p in FOLDER.glob("*.tsv")):
    record(name, Server())
