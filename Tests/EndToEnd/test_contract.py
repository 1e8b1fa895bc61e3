"""What a harness relies on: commands, exit codes, the ready line, state, several emulators at once."""

import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from emulator import SEEDS, Emulator, StartFailed, binary, clean_environment, request, run

LIBRARY = SEEDS / "library"

READY_KEYS = {
    "event", "pid", "port", "base_url", "supabase_url", "project_id", "cloud_id",
    "anon_key", "service_role_key", "jwt_secret", "mcp_url", "state",
}  # fmt: skip


def add_author(emulator: Emulator, number: int) -> None:
    answer = emulator.rest("POST", "/authors", {"id": number, "name": f"Author {number}"})
    assert answer.status == 201, answer.text


def author_ids(emulator: Emulator) -> list[int]:
    answer = emulator.rest("GET", "/authors?select=id&order=id")
    assert answer.status == 200, answer.text
    return [row["id"] for row in answer.json()]


# The ready line


def test_the_ready_line_holds_every_fact(library):
    ready = library.ready
    assert ready.keys() >= READY_KEYS
    assert ready["event"] == "ready"
    assert ready["pid"] == library.process.pid
    assert ready["base_url"] == ready["supabase_url"] == f"http://127.0.0.1:{ready['port']}"
    assert ready["mcp_url"] == ready["base_url"] + "/mcp"


def test_everything_answers_as_soon_as_it_is_ready():
    with Emulator(seed=LIBRARY) as emulator:
        assert emulator.get("/_emulator/ready").status == 200
        assert author_ids(emulator) == [1, 2, 3, 4]


def test_a_seeded_service_answers_the_first_request(board):
    answer = board.service("tasks", "/items?status=doing")
    assert answer.status == 200, answer.text
    assert [task["title"] for task in answer.json()] == ["Choose a typeface"]


def test_the_state_folder_names_the_running_process(tmp_path):
    state = tmp_path / "state"
    with Emulator(seed=LIBRARY, state=state, folder=tmp_path) as emulator:
        facts = json.loads((state / "run.json").read_text())
        assert (facts["pid"], facts["port"]) == (emulator.process.pid, emulator.ready["port"])
        assert (state / "run.json").stat().st_mode & 0o777 == 0o600
        assert (state / "control.db").stat().st_mode & 0o777 == 0o600
    assert not (state / "run.json").exists()


def test_status_repeats_the_ready_line(library):
    shown = run("status", "--json", "--url", library.base, folder=library.folder)
    assert shown.returncode == 0, shown.stderr
    facts = json.loads(shown.stdout)
    for key in READY_KEYS - {"event"}:
        assert facts[key] == library.ready[key], key


def test_status_as_environment(library):
    shown = run("status", "--env", "--url", library.base, folder=library.folder)
    assert shown.returncode == 0, shown.stderr
    lines = dict(line.removeprefix("export ").split("=", 1) for line in shown.stdout.splitlines())
    assert lines["SUPABASE_URL"].strip("\"'") == library.base
    assert lines["SUPABASE_KEY"].strip("\"'") == library.service_key


def test_a_command_finds_the_emulator_by_its_environment(library):
    shown = run("status", "--json", folder=library.folder, environment=clean_environment(ALTAN_BASE_URL=library.base))
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["pid"] == library.process.pid


# Exit codes


def test_version_prints_and_succeeds(tmp_path):
    shown = run("version", folder=tmp_path)
    assert (shown.returncode, bool(shown.stdout.strip())) == (0, True)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["start", "--port", "many"], ["start", "--no-such-option"], ["tool"]]
)
def test_wrong_usage_is_2(arguments, tmp_path):
    assert run(*arguments, folder=tmp_path).returncode == 2


@pytest.mark.parametrize(("with_signal", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_cleanly(with_signal, code):
    with Emulator(seed=LIBRARY) as emulator:
        began = time.monotonic()
        assert emulator.stop(with_signal) == code
        assert time.monotonic() - began < 5


def test_a_missing_config_file_is_3(tmp_path):
    with pytest.raises(StartFailed) as failed:
        Emulator("--config", str(tmp_path / "none.json"))
    assert failed.value.code == 3
    assert "none.json" in failed.value.errors


def test_a_config_file_that_is_not_json_is_3(tmp_path):
    (tmp_path / "bad.json").write_text('{"postgrest": ')
    with pytest.raises(StartFailed) as failed:
        Emulator("--config", str(tmp_path / "bad.json"))
    assert failed.value.code == 3
    assert "bad.json" in failed.value.errors


def test_a_port_in_use_is_3():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartFailed) as failed:
            Emulator(port=port)
    assert failed.value.code == 3
    assert str(port) in failed.value.errors


def test_a_state_in_use_is_3_and_names_its_owner(tmp_path):
    state = tmp_path / "state"
    with Emulator(seed=LIBRARY, state=state, folder=tmp_path) as first:
        with pytest.raises(StartFailed) as failed:
            Emulator(seed=LIBRARY, state=state)
        assert failed.value.code == 3
        assert str(first.process.pid) in failed.value.errors
        assert first.base in failed.value.errors
        assert author_ids(first) == [1, 2, 3, 4]


@pytest.mark.parametrize("damaged", ["control.db", "clouds/*/postgres.db", "format"])
def test_damaged_state_is_3_and_named(damaged, tmp_path):
    state = tmp_path / "state"
    with Emulator(seed=LIBRARY, state=state, folder=tmp_path):
        pass
    (file,) = state.glob(damaged)
    file.write_bytes(b"This is no longer what it was. " * 200)
    for leftover in [*file.parent.glob(file.name + "-wal"), *file.parent.glob(file.name + "-shm")]:
        leftover.unlink()
    with pytest.raises(StartFailed) as failed:
        Emulator(seed=LIBRARY, state=state, folder=tmp_path)
    assert failed.value.code == 3
    assert file.name in failed.value.errors


# State


def test_state_outlives_the_process(tmp_path):
    state = tmp_path / "state"
    with Emulator(seed=LIBRARY, state=state, folder=tmp_path) as emulator:
        add_author(emulator, 50)
        first = emulator.ready
    with Emulator(seed=LIBRARY, state=state, folder=tmp_path) as emulator:
        assert author_ids(emulator) == [1, 2, 3, 4, 50]
        for key in ("project_id", "cloud_id", "anon_key", "service_role_key"):
            assert emulator.ready[key] == first[key]


def test_reset_returns_to_the_mark():
    with Emulator(seed=LIBRARY) as emulator:
        add_author(emulator, 50)
        emulator.reset()
        assert author_ids(emulator) == [1, 2, 3, 4]
        add_author(emulator, 51)
        assert emulator.request("POST", "/_emulator/mark", {}).status < 300
        add_author(emulator, 52)
        emulator.reset()
        assert author_ids(emulator) == [1, 2, 3, 4, 51]


def test_reset_restores_secrets_and_services(board):
    cloud = board.ready["cloud_id"]
    assert board.tool("upsert_secret", cloud_id=cloud, key="NEW_KEY", value="fake").status == 200
    assert board.deploy("extra", "from fastapi import APIRouter\nrouter = APIRouter()\n").status in (200, 201)
    assert board.deploy("tasks", "raise ValueError('broken')\n", tool="update_service").status == 422
    board.reset()
    assert "NEW_KEY" not in board.tool("list_secrets", cloud_id=cloud).text
    assert board.service("extra", "/").status == 404
    assert board.service("tasks", "/items/1").status == 200


def test_two_emulators_do_not_meet(tmp_path):
    with Emulator(seed=LIBRARY, state=tmp_path / "one") as one, Emulator(seed=LIBRARY, state=tmp_path / "two") as two:
        assert one.base != two.base
        add_author(one, 50)
        assert author_ids(one) == [1, 2, 3, 4, 50]
        assert author_ids(two) == [1, 2, 3, 4]


def test_an_ephemeral_emulator_leaves_nothing(tmp_path):
    with Emulator(seed=LIBRARY, folder=tmp_path) as emulator:
        add_author(emulator, 50)
        before = {path.name for path in tmp_path.iterdir() if not path.name.startswith("stderr-")}
    after = {path.name for path in tmp_path.iterdir() if not path.name.startswith("stderr-")}
    assert ".emulator" not in before | after
    assert after <= before


# exec

ASK = """
import json, os, sys, urllib.request
url = os.environ["SUPABASE_URL"] + "/rest/v1/authors?select=id"
key = os.environ["SUPABASE_KEY"]
asked = urllib.request.Request(url, headers={"apikey": key, "Authorization": "Bearer " + key})
print(len(json.load(urllib.request.urlopen(asked))))
for name in ("SUPABASE_ANON_KEY", "ALTAN_BASE_URL", "ALTAN_CLOUD_ID", "ALTAN_MCP_URL"):
    assert os.environ[name]
"""


def execute(*command: str, folder) -> subprocess.CompletedProcess:
    return run("exec", "--seed", str(LIBRARY), "--", *command, folder=folder)


def test_exec_gives_its_command_an_emulator(tmp_path):
    done = execute(sys.executable, "-c", ASK, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "4\n"), done.stderr


def test_exec_in_parallel(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: execute(sys.executable, "-c", ASK, folder=tmp_path), range(4)))
    assert [(one.returncode, one.stdout) for one in done] == [(0, "4\n")] * 4, [one.stderr for one in done]


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("exit 0", 0), ("kill -9 $$", 137), ("kill -15 $$", 143)])
def test_exec_ends_as_its_command_ended(script, code, tmp_path):
    assert execute("sh", "-c", script, folder=tmp_path).returncode == code


def test_exec_passes_signals_on(tmp_path):
    command = [
        binary(),
        "exec",
        "--seed",
        str(LIBRARY),
        "--",
        "sh",
        "-c",
        "trap 'exit 42' TERM; echo up; sleep 30 & wait",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, env=clean_environment())
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 42
    process.stdout.close()


def test_exec_of_a_missing_command_fails_and_says_so(tmp_path):
    done = execute("no-such-command-here", folder=tmp_path)
    assert done.returncode not in (0, 4)
    assert "no-such-command-here" in done.stderr


# Commands against a running emulator


def test_tool_reads_arguments_from_everywhere(library, tmp_path):
    arguments = json.dumps({"cloud_id": library.ready["cloud_id"]})
    (tmp_path / "arguments.json").write_text(arguments)
    for given, stdin in [(arguments, ""), ("@arguments.json", ""), ("-", arguments)]:
        done = run("tool", "list_secrets", given, "--url", library.base, folder=tmp_path, stdin=stdin)
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)


def test_a_failed_tool_is_1(library, tmp_path):
    done = run("tool", "no_such_tool", "{}", "--url", library.base, folder=tmp_path)
    assert done.returncode == 1
    assert "no_such_tool" in done.stderr


def test_sql_runs_a_statement_and_a_file(tmp_path):
    with Emulator(seed=LIBRARY) as emulator:
        done = run("sql", "-c", "select count(*) as n from authors", "--url", emulator.base, folder=tmp_path)
        assert (done.returncode, "4" in done.stdout) == (0, True), done.stderr
        (tmp_path / "two.sql").write_text("insert into authors (id, name) values (60, 'A');\nselect nothing;\n")
        failed = run("sql", "-f", "two.sql", "--url", emulator.base, folder=tmp_path)
        assert failed.returncode == 1
        assert "two.sql" in failed.stderr
        assert "2" in failed.stderr
        assert author_ids(emulator) == [1, 2, 3, 4]


def test_a_command_works_on_the_state_when_nothing_runs(tmp_path):
    state = tmp_path / "state"
    with Emulator(seed=LIBRARY, state=state, folder=tmp_path):
        pass
    done = run("sql", "-c", "select count(*) as n from authors", "--state", str(state), folder=tmp_path)
    assert (done.returncode, "4" in done.stdout) == (0, True), done.stderr


def test_the_control_plane_shows_the_cloud(library):
    cloud = library.ready["cloud_id"]
    shown = request(library.base, "GET", f"/v1/instances/{cloud}")
    assert shown.status == 200, shown.text
    assert cloud in shown.text
