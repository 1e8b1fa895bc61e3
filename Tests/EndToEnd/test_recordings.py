"""Recordings of third parties' answers: made, played, refused; and recorded requests played to a service."""

import base64
import gzip
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from emulator import Emulator, run
from third_party import LABORATORY, experiment

SECRET = "not-a-real-key+with/signs&more"

# Answers that a recording can spoil: bytes that are no text, two headers of a name, a stream, an error, a count.
STORE = """
from altan_standin import store
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
HOSTS = ["api.store.test"]
router = APIRouter()

@router.get("/image")
def image():
    return Response(bytes(range(256)), media_type="image/png")

@router.get("/binary-with-key")
def leak(request: Request):
    return Response(b"\\xff\\xfe" + request.headers["x-api-key"].encode(), media_type="application/octet-stream")

@router.get("/cookies")
def cookies():
    answer = Response("  two lines\\r\\nand é\\n", media_type="text/plain; charset=utf-8")
    answer.headers.append("x-part", "a")
    answer.headers.append("x-part", "b")
    return answer

@router.get("/stream")
def stream():
    return StreamingResponse((f"data: {n}\\n\\n" for n in range(3)), media_type="text/event-stream")

@router.post("/orders", status_code=201)
async def order(request: Request):
    return {"number": store.count("orders"), "of": await request.json()}

@router.get("/missing")
def missing():
    return Response('{"error":  "none"}', 404, media_type="application/json")

@router.get("/echo")
def echo(request: Request):
    return {"url": str(request.url), "key": request.headers["authorization"]}
"""

# Everything that is asked in a recorded session, with what is seen of the answers.
ASKS = """
import base64, httpx
def experiment():
    seen = []
    with httpx.Client(base_url="https://api.store.test") as client:
        def ask(method, path, **more):
            answer = client.request(method, path, **more)
            headers = [pair for pair in answer.headers.multi_items() if pair[0] in ("content-type", "x-part")]
            seen.append([answer.status_code, sorted(headers), base64.b64encode(answer.content).decode()])
        ask("GET", "/image")
        ask("GET", "/cookies")
        ask("GET", "/stream")
        ask("GET", "/missing")
        ask("POST", "/orders", json={"b": 1, "a": [2]})
        ask("POST", "/orders", json={"b": 1, "a": [2]})
        ask("POST", "/orders", json={"b": 2})
    return seen
"""
VENDORS = """
import stripe, httpx
def experiment():
    client = stripe.StripeClient("sk_test_" + "x" * 24)
    made = client.v1.customers.create({"email": "a@b.test"})
    with httpx.stream("POST", "https://api.openai.com/v1/chat/completions", headers={"authorization": "Bearer x"}, json={
            "model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "one two"}]}) as answer:
        text = answer.read().decode()
    return [made.id, client.v1.customers.retrieve(made.id).email, text]
"""


def ask(method: str, path: str, body=None) -> str:
    return (
        "import httpx\ndef experiment():\n"
        f"    r = httpx.request({method!r}, 'https://api.store.test{path}', json={body!r})\n    return [r.status_code, r.text]"
    )


def command(emulator, *arguments):
    return run(*arguments, "--url", emulator.base, folder=emulator.folder)


def good(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start(seed: Path):
    emulator = Emulator(seed=seed)
    assert emulator.deploy("laboratory", LABORATORY, ["stripe", "httpx"]).status == 200
    return emulator


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """An emulator in which somebody answers for api.store.test."""
    seed = tmp_path_factory.mktemp("live")
    (seed / "thirdparty").mkdir()
    (seed / "thirdparty/api.store.test.py").write_text(STORE)
    with start(seed) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """Another one, in which nobody does."""
    with start(tmp_path_factory.mktemp("later")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def recorded(live, tmp_path_factory):
    """A recording, and what was seen while it was made."""
    file = tmp_path_factory.mktemp("recorded") / "session.har"
    good(command(live, "record", str(file)))
    seen = experiment(live, ASKS), experiment(live, VENDORS)
    assert f"{file}: " in good(command(live, "record", "--stop"))
    return file, seen


@pytest.fixture
def playing(later, recorded):
    assert "Replaying" in good(command(later, "replay", str(recorded[0])))
    yield later
    good(command(later, "replay", "--stop"))


def test_a_recording_is_har_and_plays_byte_for_byte(playing, recorded):
    file, (asked, vendors) = recorded
    document = json.loads(file.read_text())["log"]
    assert document["version"] == "1.2" and document["creator"]["name"] == "altan-emulator"
    for entry in document["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
    assert experiment(playing, ASKS) == asked
    assert asked[0][2] == base64.b64encode(bytes(range(256))).decode()
    assert experiment(playing, VENDORS) == vendors
    calls = playing.get("/_emulator/thirdparty").json()["calls"]
    assert calls["api.store.test"] == {"cassette": 7} and calls["api.stripe.com"] == {"cassette": 2}


def test_a_miss_says_what_there_is(playing):
    order = {"a": [2], "b": 1}  # the order of members is no difference
    assert [experiment(playing, ask("POST", "/orders", order))[0] for _ in range(3)] == [201, 201, 421]
    status, text = experiment(playing, ask("POST", "/orders", order))
    assert status == 421 and "POST api.store.test/orders (already used)" in text
    status, text = experiment(playing, ask("POST", "/orders", {"b": 3}))
    assert status == 421 and "POST api.store.test/orders (body differs)" in text
    status, text = experiment(playing, ask("GET", "/image?size=2"))
    assert status == 421 and "GET api.store.test/image (query differs)" in text
    # Reading again is no change.
    assert [experiment(playing, ask("GET", "/missing"))[0] for _ in range(3)] == [404, 404, 404]


def test_new_episodes_are_added(live, recorded, tmp_path):
    file = tmp_path / "more.har"
    file.write_bytes(recorded[0].read_bytes())
    before = len(json.loads(file.read_text())["log"]["entries"])
    good(command(live, "record", str(file), "--new-episodes"))
    assert experiment(live, "import httpx\ndef experiment(): return httpx.get('https://api.openai.com/v1/models', headers={'authorization': 'Bearer x'}).status_code") == 200  # fmt: skip
    good(command(live, "record", "--stop"))
    entries = json.loads(file.read_text())["log"]["entries"]
    assert len(entries) == before + 1 and entries[-1]["request"]["url"] == "https://api.openai.com/v1/models"


# Secrets

USE = f"""
import base64, httpx
KEY = {SECRET!r}
def experiment():
    auth = {{"authorization": "Bearer " + KEY, "x-api-key": KEY, "cookie": "session=" + KEY}}
    answers = [
        httpx.get("https://api.store.test/echo", params={{"key": KEY}}, headers=auth),
        httpx.post("https://api.store.test/orders", json={{"key": KEY}}, headers=auth),
        httpx.post("https://api.store.test/orders", json={{"text": "sk_live_" + "a" * 24}}, headers=auth),
    ]
    return [answer.status_code for answer in answers]
"""


@pytest.fixture
def keeper(live):
    """The live emulator, which knows the secret."""
    assert live.tool("upsert_secret", key="STORE_KEY", value=SECRET).status == 200
    yield live
    assert live.tool("delete_secret", key="STORE_KEY").status == 200


def spellings(value: str) -> list[str]:
    return [
        value,
        quote(value),
        quote(value, safe=""),
        json.dumps(value)[1:-1],
        base64.b64encode(value.encode()).decode(),
    ]


def test_no_secret_survives_in_a_recording(keeper, later, tmp_path):
    file = tmp_path / "secret.har"
    good(command(keeper, "record", str(file)))
    assert experiment(keeper, USE) == [200, 201, 201]
    good(command(keeper, "record", "--stop"))
    text = file.read_text()
    assert not [form for form in spellings(SECRET) if form in text]
    assert "sk_live_aaaa" not in text and "<REDACTED:authorization>" in text
    # It still plays, for a caller with the secret and for one with another.
    good(command(keeper, "replay", str(file)))
    assert keeper.get("/_emulator/thirdparty").json()["cassette"]["entries"] == 3
    good(command(keeper, "replay", "--stop"))
    assert later.tool("upsert_secret", key="STORE_KEY", value=SECRET).status == 200
    good(command(later, "replay", str(file)))
    assert experiment(later, USE) == [200, 201, 201]
    good(command(later, "replay", "--stop"))


def test_what_cannot_be_taken_out_is_not_written(keeper, tmp_path):
    file = tmp_path / "leak.har"
    good(command(keeper, "record", str(file)))
    source = f"import httpx\ndef experiment(): return httpx.get('https://api.store.test/binary-with-key', headers={{'x-api-key': {SECRET!r}}}).status_code"  # fmt: skip
    assert experiment(keeper, source) == 200
    done = command(keeper, "record", "--stop")
    assert done.returncode == 1 and "a secret's value would have been in it" in done.stderr, done.stdout + done.stderr
    assert not file.exists()
    assert keeper.get("/_emulator/thirdparty").json()["cassette"] is None


# Cassettes of VCR.py

PACKED = gzip.compress(b'{"packed": true}', mtime=0)
CASSETTE = f"""\
interactions:
- request:
    body: '{{"b": 1, "a": [2]}}'
    headers:
      Content-Type:
      - application/json
    method: POST
    uri: https://api.store.test/orders
  response:
    body:
      string: "{{\\"number\\": 41}}\\n"
    headers:
      Content-Type:
      - application/json
    status:
      code: 201
      message: Created
- request:
    body: null
    headers: {{Accept: ['*/*']}}
    method: GET
    uri: https://api.store.test/packed?a=1
  response:
    body:
      string: !!binary |
        {base64.b64encode(PACKED).decode()}
    headers: {{Content-Encoding: [gzip], Content-Type: [application/json]}}
    status: {{code: 200, message: OK}}
- request:
    body: !!python/unicode 'a=1'
    headers: {{}}
    method: POST
    uri: https://api.store.test/form
  response:
    body: {{string: !!python/unicode 'fine'}}
    headers: {{content-type: [text/plain]}}
    status: {{code: 200, message: OK}}
version: 1
"""


def as_json() -> str:
    def one(method, path, body, status, answer, headers):
        kind = {"Content-Type": ["application/json" if body and body.startswith("{") else "text/plain"]}
        request = {
            "method": method,
            "uri": f"https://api.store.test{path}",
            "body": body,
            "headers": kind if body else {},
        }
        return {"request": request, "response": {"status": {"code": status}, "headers": headers, "body": answer}}

    packed = {"base64_string": base64.b64encode(PACKED).decode()}
    plain = {"content-type": ["text/plain"]}
    return json.dumps({"version": 1, "interactions": [
        one("POST", "/orders", '{"a": [2], "b": 1}', 201, {"string": '{"number": 41}\n'}, plain),
        one("GET", "/packed?a=1", None, 200, packed, plain | {"Content-Encoding": ["gzip"]}),
        one("POST", "/form", "a=1", 200, {"string": "fine"}, plain),
    ]})  # fmt: skip


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_cassettes_of_vcr_are_played(form, later, tmp_path):
    file = tmp_path / f"cassette.{form}"
    file.write_text(CASSETTE if form == "yaml" else as_json())
    done = command(later, "replay", str(file))
    if "PyYAML" in done.stderr:
        pytest.skip("PyYAML cannot be installed here")
    assert "Replaying 3 calls" in good(done)
    source = """
import httpx
def experiment():
    with httpx.Client(base_url="https://api.store.test") as client:
        answers = [client.post("/orders", json={"b": 1, "a": [2]}), client.get("/packed?a=1"), client.post("/form", data={"a": 1})]
    return [[answer.status_code, answer.text] for answer in answers]
"""
    assert experiment(later, source) == [[201, '{"number": 41}\n'], [200, '{"packed": true}'], [200, "fine"]]
    good(command(later, "replay", "--stop"))
    refused = command(later, "record", str(file), "--new-episodes")
    assert refused.returncode == 1 and "recorded as HAR" in refused.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "neither JSON nor a cassette"),
        ("{", "it is not JSON"),
        ('{"log": {}}', "neither log.entries (HAR) nor interactions (VCR.py)"),
        ('{"log": {"entries": [{"request": {}}]}}', "entry 1 has no request URL"),
        ('{"interactions": [{"request": {}}]}', "interaction 1 is not as VCR.py writes it"),
        ("interactions: [\n", "while parsing"),
        ("interactions: !!python/object/apply:os.getpid []\n", "could not determine a constructor"),
    ],
)
def test_what_is_no_recording_is_refused_with_the_reason(text, reason, later, tmp_path):
    file = tmp_path / "recording.har"
    file.write_text(text)
    done = command(later, "replay", str(file))
    if "PyYAML" in done.stderr:
        pytest.skip("PyYAML cannot be installed here")
    assert done.returncode == 1 and reason in done.stderr, done.stdout + done.stderr
    assert later.get("/_emulator/thirdparty").json()["cassette"] is None
    assert command(later, "replay", str(tmp_path / "absent.har")).returncode == 1
    assert experiment(later, "def experiment(): return 1") == 1


# Recorded requests, played to a service

GREETER = """
from fastapi import APIRouter, HTTPException
router = APIRouter()
greeting = "Hello"

@router.post("/greetings", status_code=201)
def greet(body: dict):
    if not body.get("name"):
        raise HTTPException(400, "name is missing")
    return {"greeting": f"{greeting} {body['name']}"}

@router.get("/greetings")
def greetings(of: str = ""):
    return [of]
"""


def exchange(method: str, path: str, body: str | None, status: int, answer: str) -> dict:
    headers = [{"name": "Host", "value": "cloud.example"}, {"name": ":path", "value": path}]
    headers += [{"name": "content-type", "value": "application/json"}] if body else []
    request = {"method": method, "url": f"https://cloud.example/services/api/old_name{path}", "headers": headers}
    if body:
        request["postData"] = {"mimeType": "application/json", "text": body}
    response = {"status": status, "headers": [{"name": "Content-Type", "value": "application/json"}]}
    return {"request": request, "response": response | {"content": {"mimeType": "application/json", "text": answer}}}


def test_recorded_requests_are_played_to_a_service_and_compared(tmp_path):
    entries = [
        exchange("POST", "/greetings", '{"name": "Ada"}', 201, '{ "greeting": "Hello Ada" }'),
        exchange("POST", "/greetings", "{}", 400, '{"detail":"name is missing"}'),
        exchange("GET", "/greetings?of=caf%C3%A9", None, 200, '["café"]'),
    ]
    file = tmp_path / "inbound.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    with Emulator() as emulator:
        assert emulator.deploy("greeter", GREETER).status == 200
        done = command(emulator, "replay", str(file), "--to", "greeter")
        assert "3 of 3 answers are as recorded." in good(done)
        assert "same  POST /services/api/greeter/greetings  201" in done.stdout
        changed = GREETER.replace("400", "422").replace('"Hello"', '"Good day"').replace("[of]", "of")
        assert emulator.deploy("greeter", changed, tool="update_service").status == 200
        done = command(emulator, "replay", str(file), "--to", "greeter")
        assert done.returncode == 1, done.stdout + done.stderr
        for line in (
            'body: recorded { "greeting": "Hello Ada" }',
            'body: now      {"greeting":"Good day Ada"}',
            "status: recorded 400, now 422",
            "0 of 3 answers are as recorded.",
        ):
            assert line in done.stdout, done.stdout
        done = command(emulator, "replay", str(file), "--to", "nobody")
        assert done.returncode == 1 and "status: recorded 201, now 404" in done.stdout
