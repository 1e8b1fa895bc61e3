"""A throw-away PostgreSQL server that answers the same statements as the emulator."""

import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path


class Unavailable(Exception):
    """PostgreSQL is not installed here."""


class Oracle:
    """PostgreSQL on a Unix socket in a temporary folder, run by a user other than root, as it demands."""

    def __init__(self):
        programs = sorted(Path("/usr/lib/postgresql").glob("15/bin"))
        if not programs:
            raise Unavailable("PostgreSQL 15 is not installed (apt-get install postgresql-15)")
        self.programs = programs[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="altan-oracle-"))
        self.prefix = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.prefix = ["runuser", "-u", "postgres", "--"]
        data = self.folder / "data"
        self._server("initdb", "-D", data, "-U", "postgres", "--auth=trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-k {self.folder} -h '' -c fsync=off -c timezone=UTC"
        self._server("pg_ctl", "-D", data, "-w", "-s", "-l", self.folder / "log", "-o", options, "start")

    def _server(self, program: str, *arguments) -> None:
        command = [*self.prefix, str(self.programs / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    def stop(self) -> None:
        self._server("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-s", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(self, *files: Path) -> None:
        """Replaces the public schema by what the files make."""
        self._psql("drop schema public cascade; create schema public;")
        for file in files:
            done = self._psql(file.read_text())
            if done.returncode:
                raise RuntimeError(f"{file}: {done.stderr}")

    def _psql(self, script: str):
        command = [str(self.programs / "psql"), "-h", str(self.folder), "-U", "postgres", "-XAtq"]
        command += ["-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-f", "-"]
        return subprocess.run(command, input=script, capture_output=True, text=True, check=False)

    def rows(self, query: str, after: str = ""):
        """The rows of a statement as JSON. `after` is run first, in the same transaction; nothing of it stays."""
        script = f"begin;\n{after};\nselect coalesce(json_agg(row), '[]') from ({query}) row;\nrollback;"
        done = self._psql(script)
        if done.returncode:
            raise AssertionError(f"PostgreSQL refuses this: {done.stderr}\n{query}")
        return json.loads(done.stdout)

    def text(self, query: str) -> str:
        """The one value of a query, byte for byte."""
        done = self._psql(query)
        if done.returncode:
            raise AssertionError(f"PostgreSQL refuses this: {done.stderr}\n{query}")
        return done.stdout.removesuffix("\n")

    def changed(self, statement: str, then: str):
        """What a data-modifying statement returns, and the rows of `then` after it; both undone."""
        script = f"""begin;
            with changed as ({statement} returning *) select coalesce(json_agg(changed), '[]') from changed;
            select coalesce(json_agg(row), '[]') from ({then}) row;
            rollback;"""
        done = self._psql(script)
        if done.returncode:
            raise AssertionError(f"PostgreSQL refuses this: {done.stderr}\n{statement}")
        # One JSON value after the other; an aggregate spans several lines.
        values, rest, decoder = [], done.stdout.strip(), json.JSONDecoder()
        while rest:
            value, end = decoder.raw_decode(rest)
            values.append(value)
            rest = rest[end:].lstrip()
        return values

    def error(self, statement: str) -> dict:
        """Code, message, details and hint of the error that a statement ends in."""
        done = self._psql(f"begin;\n{statement};\nrollback;")
        found = re.search(r"ERROR:  (\w{5}): (.*)", done.stderr)
        if not found:
            raise AssertionError(f"PostgreSQL accepts this: {statement}\n{done.stdout}{done.stderr}")

        def line(label: str) -> str | None:
            match = re.search(rf"^{label}:  (.*)$", done.stderr, re.MULTILINE)
            return match.group(1) if match else None

        return {"code": found[1], "message": found[2], "details": line("DETAIL"), "hint": line("HINT")}
