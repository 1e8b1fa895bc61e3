"""PostgreSQL as the suite asks it: a simple query, its last rows or its error."""

import socket
import struct

from case import Answer
from oracle import Oracle

# What a fresh database of the product has and PostgreSQL's own has not.
BASELINE = """
create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls;
create schema auth; create schema storage; create schema extensions;
grant usage on schema auth, storage, extensions to public;
create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''),
                  nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
create function auth.role() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')::text $$;
create function storage.foldername(name text) returns text[] language plpgsql as $$
  declare _parts text[]; begin
    select string_to_array(name, '/') into _parts; return _parts[1:array_length(_parts, 1) - 1]; end $$;
create function storage.filename(name text) returns text language plpgsql as $$
  declare _parts text[]; begin
    select string_to_array(name, '/') into _parts; return _parts[array_length(_parts, 1)]; end $$;
create extension "uuid-ossp" schema extensions; create extension pgcrypto schema extensions;
alter database suite set search_path to "$user", public, extensions;
"""


class Postgres:
    """A server of its own with a database whose text order is the product's."""

    def __init__(self):
        self.oracle = Oracle()
        try:
            Connection(self.oracle.folder, "postgres").ask(
                "create database suite template template0 encoding 'UTF8' locale 'C.UTF-8' locale_provider icu icu_locale 'en-US'"
            )
            made = Connection(self.oracle.folder, "suite").ask(BASELINE)
            assert made.code is None, made
            self.connection = Connection(self.oracle.folder, "suite")
        except BaseException:
            self.stop()
            raise

    def ask(self, sql: str) -> Answer:
        """The answer in a session as good as new, which is what each request to the product has."""
        answer = self.connection.ask(sql)
        # A lone SELECT leaves nothing behind.
        if ";" in sql:
            self.connection.ask("rollback")
            self.connection.ask("discard all")
        return answer

    def stop(self) -> None:
        self.oracle.stop()


class Connection:
    """The wire protocol over a Unix socket with trust authentication."""

    def __init__(self, folder, database: str):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f"{folder}/.s.PGSQL.5432")
        self.stream = self.socket.makefile("rb")
        start = b"user\0postgres\0database\0" + database.encode() + b"\0\0"
        self.socket.sendall(struct.pack("!ii", len(start) + 8, 196608) + start)
        list(self._messages())

    def _messages(self):
        while True:
            kind, length = struct.unpack("!ci", self.stream.read(5))
            yield kind, self.stream.read(length - 4)
            if kind == b"Z":
                return

    def ask(self, sql: str) -> Answer:
        query = sql.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(query) + 4) + query)
        rows: list[str] = []
        error: Answer | None = None
        for kind, body in self._messages():
            if kind == b"T":
                rows = []
            elif kind == b"D":
                rows.append(self._text(body))
            elif kind == b"E":
                fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
                error = Answer((), fields[b"C"], fields[b"M"], fields.get(b"D"), fields.get(b"H"))
        return error or Answer(tuple(rows))

    @staticmethod
    def _text(body: bytes) -> str:
        """The columns of a row, beside each other."""
        count, at, values = struct.unpack("!h", body[:2])[0], 2, []
        for _ in range(count):
            size = struct.unpack("!i", body[at : at + 4])[0]
            at += 4
            values.append("NULL" if size < 0 else body[at : at + size].decode())
            at += max(size, 0)
        return "|".join(values)
