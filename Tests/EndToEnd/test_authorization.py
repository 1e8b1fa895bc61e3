"""Authorization requests as agents, people and CI meet them: JSON, events, the page, scripted answers."""

import http.client
import json
import re
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from emulator import Emulator, clean_environment, eventually

CANARY = "canary-value-83b1f0"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def platform():
    with Emulator() as emulator:
        yield emulator


def good(answer):
    assert answer.status == 200, answer.text
    return answer.json()


def ask(emulator, secrets=("PAYMENT_KEY",), **more):
    shape = secrets if isinstance(secrets, dict) else list(secrets)
    return good(emulator.tool("create_authorization_request", custom_secrets=shape, **more))


def path_of(asked) -> str:
    return urlsplit(asked["page_url"]).path


def send(emulator, asked, fields: dict, headers=None):
    form = urlencode({name if name == "action" else f"secret.{name}": value for name, value in fields.items()})
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | (headers or {})
    return emulator.request("POST", path_of(asked), form, headers)


def read(emulator, asked):
    return good(emulator.tool("get_authorization_request", id=asked["id"]))


# JSON


@pytest.mark.row("authorization.create", "authorization.list", "authorization.record")
def test_a_request_is_created_and_listed_in_the_platforms_shape(platform):
    body = {
        "name": "Stripe",
        "room_id": "room-1",
        "callback_id": "thread-1",
        "meta_data": {
            "type": "secrets",
            "requested_secrets": [{"key": "STRIPE_KEY", "label": "Key", "description": "From the dashboard"}],
        },
    }
    made = good(platform.request("POST", "/authorization-request", body, {"X-Altan-Key": "some-key"}))
    assert made.items() >= {"name": "Stripe", "room_id": "room-1", "callback_id": "thread-1"}.items()
    assert (made["is_completed"], made["connection_type_id"], bool(made["date_creation"])) == (False, None, True)
    (secret,) = made["meta_data"]["requested_secrets"]
    assert secret.keys() == {"key", "label", "description", "placeholder", "type", "required"}
    assert made["meta_data"]["type"] == "secrets"
    listed = good(platform.get("/authorization-request?room_id=room-1&is_completed=false"))
    assert [one["id"] for one in listed["authorization_requests"]] == [made["id"]]
    assert good(platform.get("/authorization-request?room_id=other"))["authorization_requests"] == []
    assert good(platform.get(f"/authorization-request?cloud_id={UNKNOWN}"))["authorization_requests"] == []
    assert platform.get("/authorization-request?is_completed=maybe").status == 422
    assert good(platform.get(f"/authorization-request/{made['id']}")) == made
    assert platform.get(f"/authorization-request/{UNKNOWN}").status == 404


@pytest.mark.row("authorization.complete", "authorization.handover", "tool.completed_request")
def test_completion_hands_values_over_once_and_stores_nothing(platform):
    asked = ask(platform)
    body = {"provided_secrets": {"PAYMENT_KEY": CANARY}}
    completed = platform.request("PATCH", f"/authorization-request/{asked['id']}/complete", body)
    assert good(completed)["is_completed"] is True and CANARY not in completed.text
    assert CANARY not in platform.get(f"/authorization-request/{asked['id']}").text
    first = read(platform, asked)
    assert (first["is_completed"], first["meta_data"]["type"]) == (True, "secrets")
    assert first["meta_data"]["provided_secrets"] == {"PAYMENT_KEY": CANARY}
    later = read(platform, asked)["meta_data"]
    assert "provided_secrets" not in later
    assert later["provided_keys"] == ["PAYMENT_KEY"] and later["handed_over_at"]
    assert good(platform.tool("list_secrets")) == []
    again = platform.request("PATCH", f"/authorization-request/{asked['id']}/complete", body)
    assert (again.status, again.json()["code"]) == (409, "authorization_request_closed")


@pytest.mark.row("authorization.reject", "authorization.delete")
def test_a_request_is_rejected_and_deleted(platform):
    asked = ask(platform)
    path = f"/authorization-request/{asked['id']}"
    rejected = good(platform.request("PATCH", f"{path}/reject"))
    assert (rejected["is_completed"], rejected["status"]) == (False, "rejected")
    assert read(platform, asked)["status"] == "rejected"
    good(platform.request("DELETE", path))
    assert platform.get(path).status == 404
    assert platform.request("PATCH", f"{path}/reject").status == 404


@pytest.mark.parametrize("name", ["stripe_key", "Stripe_Key", "STRIPE-KEY", "1_KEY", "_KEY", "", "KEY\n", "CLÉ"])
def test_names_are_upper_snake_case(platform, name):
    for shape in ([name], {name: {"description": "x"}}, [{"key": name}]):
        answer = platform.tool("create_authorization_request", custom_secrets=shape)
        assert (answer.status, answer.json()["code"]) == (422, "invalid_secret_key"), answer.text


# Events


class Listener:
    """Reads server-sent events on a thread of its own."""

    def __init__(self, emulator, query=""):
        address = urlsplit(emulator.base)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self.connection.request("GET", f"/authorization-request/events{query}")
        self.answer = self.connection.getresponse()
        self.events, self.ended = [], threading.Event()
        assert self.answer.readline() == b": listening\n"
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        name = None
        while line := self.answer.readline():
            if line.startswith(b"event: "):
                name = line[7:].decode().strip()
            elif line.startswith(b"data: "):
                self.events.append((name, json.loads(line[6:])))
        self.ended.set()

    def wait(self, count: int):
        assert eventually(lambda: len(self.events) >= count), self.events
        return self.events


@pytest.mark.row("authorization.events")
def test_who_listens_is_told(platform):
    with Emulator() as emulator:
        listener = Listener(emulator, "?room_id=room-9")
        assert listener.answer.headers["Content-Type"].startswith("text/event-stream")
        ask(emulator, room_id="elsewhere")
        asked = ask(emulator, room_id="room-9")
        send(emulator, asked, {"PAYMENT_KEY": CANARY, "action": "complete"})
        good(emulator.request("DELETE", f"/authorization-request/{asked['id']}"))
        events = listener.wait(3)
        names = [f"authorization_request.{kind}" for kind in ("created", "updated", "deleted")]
        assert [name for name, _ in events] == names
        assert [record["is_completed"] for _, record in events] == [False, True, True]
        assert CANARY not in str(events)
        # An open stream does not keep the emulator from stopping.
        assert emulator.stop(within=60) == 143
        assert listener.ended.wait(10)


# The page


class Form(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.fields, self.text, self.tags = {}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag in ("input", "textarea"):
            self.fields[attributes["name"]] = attributes

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_asks_for_masked_described_values(platform):
    secrets = {
        "PAYMENT_KEY": {"description": "Dashboard > Keys & <b>more</b>", "required": True},
        "REGION": {"type": "text", "required": False, "placeholder": "eu"},
        "PEM_FILE": {"type": "textarea", "required": False},
    }
    asked = ask(platform, secrets, name="Keys <script>alert(1)</script>", message="For the shop\nPlease")
    page = platform.get(path_of(asked))
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html")
    form = Form(page.text)
    key = form.fields["secret.PAYMENT_KEY"]
    assert key["type"] == "password" and "required" in key and key["autocomplete"] == "new-password"
    assert "required" not in form.fields["secret.REGION"] and form.fields["secret.REGION"]["placeholder"] == "eu"
    assert "Dashboard > Keys & <b>more</b>" in "".join(form.text)
    assert "<script" not in page.text and ("script", {}) not in form.tags
    # Works offline and without scripts, in no frame and no cache.
    assert not re.search(r"(src|href|action)=", page.text) and "url(" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "script-src" not in policy
    assert page.headers["Cache-Control"] == "no-store"


def test_a_person_answers_on_the_page(platform):
    asked = ask(platform, ["PAYMENT_KEY", "MAIL_KEY"])
    partly = send(platform, asked, {"PAYMENT_KEY": CANARY, "MAIL_KEY": " ", "action": "complete"})
    assert partly.status == 422 and "This value is needed." in partly.text and CANARY not in partly.text
    assert read(platform, asked)["status"] == "pending"
    sent = send(platform, asked, {"PAYMENT_KEY": f" {CANARY}\n", "MAIL_KEY": "a+b c&d=e%", "action": "complete"})
    assert (sent.status, sent.headers["Location"]) == (303, path_of(asked))
    done = platform.get(path_of(asked))
    assert "PAYMENT_KEY and MAIL_KEY were received" in done.text and CANARY not in done.text
    values = read(platform, asked)["meta_data"]["provided_secrets"]
    assert values == {"PAYMENT_KEY": CANARY, "MAIL_KEY": "a+b c&d=e%"}
    # Sent again, as with the browser's back button.
    assert send(platform, asked, {"PAYMENT_KEY": "other", "MAIL_KEY": "other"}).status == 303
    assert "provided_secrets" not in read(platform, asked)["meta_data"]


def test_a_person_rejects_on_the_page(platform):
    asked = ask(platform)
    assert send(platform, asked, {"action": "reject"}).status == 303
    assert "rejected" in platform.get(path_of(asked)).text
    assert read(platform, asked)["status"] == "rejected"


def test_a_live_key_draws_a_warning(platform):
    asked = ask(platform)
    page = send(platform, asked, {"PAYMENT_KEY": "sk_live_" + "a" * 24, "action": "complete"})
    assert page.status == 200 and "looks like a live key" in page.text and "aaaa" not in page.text


def test_only_the_page_itself_may_send_its_form(platform):
    asked = ask(platform)
    fields = {"PAYMENT_KEY": CANARY}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ):
        assert send(platform, asked, fields, headers).status == 403, headers
    assert platform.get(path_of(asked), headers={"Host": "evil.example"}).status == 403
    assert platform.request("POST", path_of(asked), json.dumps(fields), {"Content-Type": "text/plain"}).status == 415
    assert read(platform, asked)["status"] == "pending"
    # A link from elsewhere may lead to it, and the page's own origin may send.
    assert platform.get(path_of(asked), headers={"Sec-Fetch-Site": "cross-site"}).status == 200
    assert send(platform, asked, fields, {"Origin": platform.base, "Sec-Fetch-Site": "same-origin"}).status == 303


def test_the_address_cannot_be_guessed(platform):
    tokens = {path_of(ask(platform)).rpartition("/")[2] for _ in range(3)}
    assert len(tokens) == 3 and all(len(token) == 64 for token in tokens)
    for token in ("", "x", "0" * 64, ask(platform)["id"], "%00"):
        answer = platform.get(f"/authorize/{token}")
        assert answer.status == 404, answer.text
    asked = ask(platform)
    good(platform.request("DELETE", f"/authorization-request/{asked['id']}"))
    assert "No such request" in platform.get(path_of(asked)).text


# Without a person


def test_values_become_secrets_where_that_is_wanted():
    with Emulator("--store-on-complete") as emulator:
        asked = ask(emulator, {"PAYMENT_KEY": "For payments"})
        assert "become secrets of the cloud" in emulator.get(path_of(asked)).text
        send(emulator, asked, {"PAYMENT_KEY": CANARY, "action": "complete"})
        assert good(emulator.tool("list_secrets")) == ["PAYMENT_KEY"]
        first = read(emulator, asked)["meta_data"]
        assert first["stored"] is True and first["provided_secrets"] == {"PAYMENT_KEY": CANARY}


def test_ci_answers_and_rejects_by_configuration(tmp_path):
    (tmp_path / "mail.txt").write_text("mail-value\n")
    answers = {"PAYMENT_KEY": {"env": "CI_PAYMENT"}, "MAIL_KEY": {"file": str(tmp_path / "mail.txt")}}
    answers["ABSENT_KEY"] = {"env": "CI_ABSENT"}
    settings = {"authorization": {"answers": answers, "reject": ["FORBIDDEN_KEY"]}}
    file = tmp_path / "emulator.json"
    file.write_text(json.dumps(settings))
    environment = clean_environment(CI_PAYMENT=CANARY)
    with Emulator("--config", str(file), environment=environment) as emulator:
        asked = ask(emulator, {"PAYMENT_KEY": "", "MAIL_KEY": "", "OTHER": {"required": False}})
        # The reply is the platform's, of a request that waits; the answer is there when the agent looks again.
        assert asked["is_completed"] is False
        values = read(emulator, asked)["meta_data"]["provided_secrets"]
        assert values == {"PAYMENT_KEY": CANARY, "MAIL_KEY": "mail-value"}
        assert read(emulator, ask(emulator, ["PAYMENT_KEY", "FORBIDDEN_KEY"]))["status"] == "rejected"
        assert read(emulator, ask(emulator, ["UNKNOWN_KEY"]))["status"] == "pending"
        assert read(emulator, ask(emulator, ["ABSENT_KEY"]))["status"] == "pending"
        assert "CI_ABSENT is not set" in emulator.errors()
        assert CANARY not in emulator.errors()


@pytest.mark.parametrize(
    "settings",
    [
        {"answers": {"A": "plain text"}},
        {"answers": []},
        {"reject": "A"},
        {"store_on_complete": "yes"},
        {"unknown": 1},
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path, settings):
    from emulator import StartFailed

    file = tmp_path / "emulator.json"
    file.write_text(json.dumps({"authorization": settings}))
    with pytest.raises(StartFailed) as failure:
        Emulator("--config", str(file))
    assert failure.value.code == 3 and "authorization" in failure.value.errors


# Where values are


def files_with(folder: Path, text: str) -> set[str]:
    found = set()
    for file in folder.rglob("*"):
        if file.is_file() and text.encode() in file.read_bytes():
            found.add(file.name.partition("-")[0])
    return found


def test_values_are_erased_when_they_were_handed_over_rejected_or_waited_an_hour(tmp_path):
    state = tmp_path / "state"
    with Emulator(state=state, folder=tmp_path) as emulator:
        good(emulator.request("POST", "/_emulator/clock", {"freeze": True}))
        handed, waiting = ask(emulator), ask(emulator)
        send(emulator, handed, {"PAYMENT_KEY": "handed-over-canary", "action": "complete"})
        send(emulator, waiting, {"PAYMENT_KEY": "long-waiting-canary", "action": "complete"})
        assert files_with(state, "-canary") == {"control.db"}
        read(emulator, handed)
        assert files_with(state, "handed-over-canary") == set()
        good(emulator.request("POST", "/_emulator/clock", {"advance_seconds": 3599}))
        assert read(emulator, waiting)["meta_data"]["provided_secrets"] == {"PAYMENT_KEY": "long-waiting-canary"}
        late = ask(emulator)
        send(emulator, late, {"PAYMENT_KEY": "too-late-canary", "action": "complete"})
        good(emulator.request("POST", "/_emulator/clock", {"advance_seconds": 3601}))
        gone = read(emulator, late)
        assert "provided_secrets" not in gone["meta_data"] and "gone" in gone["next_step"]
    for value in ("handed-over-canary", "long-waiting-canary", "too-late-canary"):
        assert files_with(state, value) == set(), value
