"""Records what PostgreSQL answers to the scripts beside it, statement by statement, as *.expected.

    PGHOST=… PGPORT=… PGUSER=postgres python3 record.py [name …]      (needs psycopg 3)

A statement ends with a semicolon at the end of a line; the lines up to `\\.` after a COPY are its data.
"""

import pathlib
import sys

import psycopg
from psycopg import sql

HERE = pathlib.Path(__file__).parent
DATABASE = "altan_cases"


def statements(text):
    lines = iter(text.splitlines())
    current = []
    for line in lines:
        current.append(line)
        # A semicolon inside a dollar-quoted body ends no statement.
        if not line.endswith(";") or "\n".join(current).count("$$") % 2:
            continue
        statement, current = "\n".join(current)[:-1], []
        data = None
        if statement.lower().startswith("copy") and "to stdout" not in statement.lower():
            data = []
            for row in lines:
                if row == "\\.":
                    break
                data.append(row + "\n")
        yield statement, data


def answer(cursor, statement, data):
    try:
        if data is not None:
            with cursor.copy(statement) as copy:
                copy.write("".join(data))
        elif "to stdout" in statement.lower() and statement.lower().startswith("copy"):
            with cursor.copy(statement) as copy:
                data = b"".join(bytes(part) for part in copy).decode()
            if data:
                yield data[:-1]
            yield f"COPY {cursor.rowcount}"
            return
        else:
            cursor.execute(statement)
    except psycopg.Error as error:
        yield f"ERROR {error.sqlstate}: {error.diag.message_primary}"
        if error.diag.message_detail:
            yield f"DETAIL: {error.diag.message_detail}"
        if error.diag.message_hint:
            yield f"HINT: {error.diag.message_hint}"
        if error.diag.constraint_name:
            yield f"CONSTRAINT: {error.diag.constraint_name}"
        return
    if cursor.description:
        yield "|".join(column.name for column in cursor.description)
        for row in cursor.fetchall():
            yield "|".join("" if value is None else value for value in row)
    yield cursor.statusmessage


def record(path):
    with psycopg.connect(dbname="postgres", autocommit=True) as admin:
        name = sql.Identifier(DATABASE)
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        roles = [
            row[0]
            for row in admin.execute(
                "select rolname from pg_roles where rolname in ('reader', 'writer', 'boss', 'own', 'sup', 'r1', 'merger')"
            )
        ]
        for role in roles:
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
        admin.execute(
            sql.SQL(
                "create database {} template template0 encoding 'UTF8' locale 'C.UTF-8' locale_provider icu"
                " icu_locale 'en-US'"
            ).format(name)
        )
    lines = []
    with psycopg.connect(dbname=DATABASE, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("set timezone to 'UTC'")
        connection.execute("set search_path to public")
        notices = []
        connection.add_notice_handler(lambda n: notices.append(f"{n.severity}: {n.message_primary}"))
        connection.adapters.register_loader(0, psycopg.types.string.TextLoader)
        for oid in range(1, 6000):
            connection.adapters.register_loader(oid, psycopg.types.string.TextLoader)
        for statement, data in statements(path.read_text()):
            cursor = connection.cursor()
            result = list(answer(cursor, statement, data))
            lines.append("> " + " ".join(statement.split()))
            lines += notices + result
            notices.clear()
    path.with_suffix(".expected").write_text("\n".join(lines) + "\n")


for path in sorted(HERE.glob("*.sql")):
    if len(sys.argv) == 1 or path.stem in sys.argv[1:]:
        record(path)
