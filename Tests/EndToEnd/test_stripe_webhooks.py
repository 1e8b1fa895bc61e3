"""Where Stripe's events go, how they are signed, and what happens because time goes on."""

import hashlib
import hmac
import json
import time

import pytest
from emulator import SEEDS, Emulator, StartFailed, eventually, request, run
from third_party import LABORATORY, STRIPE, deliveries, experiment

SECRETS = {"STRIPE_WEBHOOK_SECRET": "whsec_0123456789", "OTHER_WEBHOOK_SECRET": "whsec_abcdefghij"}

LISTENER = """
import json, os, stripe
from fastapi import APIRouter, HTTPException, Request
router = APIRouter()
SECRETS = {"hook": os.environ["STRIPE_WEBHOOK_SECRET"], "other": os.environ["OTHER_WEBHOOK_SECRET"]}
seen = []

@router.post("/{name}/take")
async def take(name: str, request: Request):
    body, signature = await request.body(), request.headers.get("stripe-signature", "")
    try:
        event = stripe.Webhook.construct_event(body, signature, SECRETS[name])
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise HTTPException(400, str(error))
    seen.append({"name": name, "type": event.type, "body": body.decode(), "signature": signature})
    return {}

@router.get("/seen")
def list_seen():
    return seen
"""


def configured(tmp_path, endpoints) -> str:
    file = tmp_path / "emulator.json"
    file.write_text(json.dumps({"thirdparty": {"stripe": {"endpoints": endpoints}}}))
    return str(file)


def listen(emulator, cloud: str | None = None):
    """Deploys the listener, with its secrets, to a cloud."""
    cloud = cloud or emulator.ready["cloud_id"]
    for key, value in SECRETS.items():
        assert emulator.tool("upsert_secret", cloud_id=cloud, key=key, value=value).status == 200
    service = {"service_name": "listener", "code": LISTENER, "description": "", "requirements": ["stripe"]}
    answer = emulator.tool("create_service", cloud_id=cloud, timeout=120, **service)
    assert answer.status == 200, answer.text


def seen(base: str, name: str | None = None) -> list[dict]:
    found = request(base, "GET", "/services/api/listener/seen").json()
    return [one for one in found if name is None or one["name"] == name]


def trigger(base: str, event: str, **override) -> list[dict]:
    answer = request(base, "POST", f"{STRIPE}/trigger", {"event": event, "override": override}, timeout=60)
    assert answer.status == 200, answer.text
    return answer.json()["events"]


@pytest.fixture(scope="module")
def listening(tmp_path_factory):
    """An emulator whose configuration lists two endpoints of one service, and one of a service that is not there."""
    endpoints = [
        {"service": "listener", "path": "/hook/take", "events": ["customer.subscription.created", "invoice.paid"]},
        {
            "service": "listener",
            "path": "/other/take",
            "secret_name": "OTHER_WEBHOOK_SECRET",
            "events": ["*"],
            "api_version": "2024-06-20",
        },
        {"service": "nobody", "path": "/hook", "events": ["customer.updated"], "secret_name": "NO_SUCH_SECRET"},
    ]
    config = configured(tmp_path_factory.mktemp("listening"), endpoints)
    with Emulator("--config", config, seed=SEEDS / "payments") as emulator:
        listen(emulator)
        assert emulator.deploy("laboratory", LABORATORY, ["stripe"]).status == 200
        emulator.request("POST", "/_emulator/mark", {})
        yield emulator


@pytest.fixture
def fresh(listening):
    listening.reset()
    yield listening


def test_events_go_where_the_configuration_says(fresh):
    events = trigger(fresh.base, "customer.subscription.created")
    kinds = {one["type"] for one in seen(fresh.base, "hook")}
    assert kinds == {"customer.subscription.created", "invoice.paid"}
    assert {one["type"] for one in seen(fresh.base, "other")} == {event["type"] for event in events} > kinds
    made = deliveries(events, "customer.subscription.created")
    assert [one["status"] for one in made] == ["delivered"] * 2
    assert {one["url"].removeprefix(fresh.base) for one in made} == {
        "/services/api/listener/hook/take",
        "/services/api/listener/other/take",
    }


def test_each_endpoint_has_the_shape_of_its_version(fresh):
    trigger(fresh.base, "customer.subscription.created")
    bodies = {
        one["name"]: json.loads(one["body"]) for one in seen(fresh.base) if one["type"].endswith("subscription.created")
    }
    new, old = bodies["hook"], bodies["other"]
    assert old["api_version"] == "2024-06-20" and new["api_version"] > "2025-03-31"
    assert "current_period_end" in old["data"]["object"] and "current_period_end" not in new["data"]["object"]
    assert new["data"]["object"]["items"]["data"][0]["current_period_end"]
    assert old["id"] == new["id"]


def test_registered_endpoints_are_asked_too(fresh):
    source = (
        "import stripe\ndef experiment():\n    return stripe.StripeClient('sk_test_x').v1.webhook_endpoints.create({"
        f"'url': '{fresh.base}/services/api/listener/hook/take', 'enabled_events': ['customer.created']}}).status"
    )
    assert experiment(fresh, source) == "enabled"
    events = trigger(fresh.base, "customer.created")
    # The registered one has a secret of its own, which the service does not know.
    assert sorted(one["status"] for one in deliveries(events, "customer.created")) == ["delivered", "failed"]


def test_a_missing_service_or_secret_is_a_failed_delivery_with_the_reason(fresh):
    events = trigger(fresh.base, "customer.updated")
    statuses = {one["url"].rpartition("/api/")[2]: one for one in deliveries(events, "customer.updated")}
    assert statuses["listener/other/take"]["status"] == "delivered"
    (attempt, *_) = statuses["nobody/hook"]["attempts"]
    assert attempt["status"] == 0 and "could not be signed with NO_SUCH_SECRET" in attempt["response"]


def test_only_what_was_signed_now_and_as_it_is_is_taken(fresh):
    trigger(fresh.base, "customer.created")
    (event,) = [one for one in seen(fresh.base, "other") if one["type"] == "customer.created"]

    def post(body: str, signature: str | None):
        headers = {"stripe-signature": signature} if signature is not None else {}
        path = "/services/api/listener/other/take"
        return fresh.request("POST", path, body.encode(), headers | {"content-type": "application/json"})

    def signed(body: str, moment: int, secret: str) -> str:
        code = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
        return f"t={moment},v1={code}"

    body, secret, now = event["body"], SECRETS["OTHER_WEBHOOK_SECRET"], int(time.time())
    moment = int(event["signature"].split(",")[0].removeprefix("t="))
    assert event["signature"] == signed(body, moment, secret)
    assert post(body, event["signature"]).status == 200
    assert post(body, signed(body, now, secret)).status == 200
    for refused, why in (
        (post(body.replace("customer", "Customer", 1), event["signature"]), "No signatures found matching"),
        (post(body, signed(body, now, SECRETS["STRIPE_WEBHOOK_SECRET"])), "No signatures found matching"),
        (post(body, signed(body, now - 301, secret)), "Timestamp outside the tolerance zone"),
        (post(body, "t=1,v1=0"), "No signatures found matching"),
        (post(body, "nonsense"), "Unable to extract timestamp"),
        (post(body, None), "No Stripe-Signature header"),
    ):
        assert refused.status == 400 and why in refused.text, refused.text


@pytest.mark.parametrize(
    ("endpoints", "reason"),
    [
        ("listener", "must be a list"),
        ([{"service": "listener"}], "endpoint 1: service and path are needed"),
        ([{"service": "a", "path": "b"}], "must begin with a slash"),
        (
            [{"service": "a", "path": "/b"}, {"service": "a", "path": "/b", "event": ["x"]}],
            'endpoint 2: "event" is not',
        ),
        ([{"service": "a", "path": "/b", "events": []}], "events takes a list"),
        ([{"service": "a", "path": "/b", "secret_name": 1}], "secret_name takes a text"),
    ],
)
def test_endpoints_that_mean_nothing_stop_the_start(endpoints, reason, tmp_path):
    with pytest.raises(StartFailed) as failure:
        Emulator("--config", configured(tmp_path, endpoints))
    assert failure.value.code == 3 and reason in failure.value.errors, failure.value.errors


def command(emulator, *arguments) -> list[dict]:
    done = run("stripe", *arguments, "--json", "--url", emulator.base, folder=emulator.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    return found if isinstance(found, list) else found["events"]


def test_events_may_come_twice_and_in_another_order(fresh):
    """Stripe promises neither order nor once: two flags find handlers that count on them."""
    usual = [event["type"] for event in command(fresh, "trigger", "customer.subscription.created")]
    assert [one["type"] for one in seen(fresh.base, "other")] == usual and len(usual) > 5
    fresh.reset()
    command(fresh, "trigger", "customer.subscription.created", "--shuffle")
    mixed = [one["type"] for one in seen(fresh.base, "other")]
    assert sorted(mixed) == sorted(usual) and mixed != usual
    fresh.reset()
    (event,) = command(fresh, "trigger", "customer.created", "--duplicate")
    ids = [json.loads(one["body"])["id"] for one in seen(fresh.base, "other")]
    assert ids == [event["id"]] * 2


def test_an_override_sets_a_parameter_and_an_event_is_sent_again(fresh):
    events = command(fresh, "trigger", "customer.updated", "--override", "metadata.user_id=u1")
    (updated,) = [event for event in events if event["type"] == "customer.updated"]

    def bodies():
        found = [json.loads(one["body"]) for one in seen(fresh.base, "other")]
        return [one for one in found if one["id"] == updated["id"]]

    assert [one["data"]["object"]["metadata"] for one in bodies()] == [{"user_id": "u1"}]
    command(fresh, "resend", updated["id"])
    assert len(bodies()) == 2 and bodies()[0] == bodies()[1]
    assert command(fresh, "events", "--limit", "1")[0]["id"] == updated["id"]
    done = run("stripe", "trigger", "no.such.event", "--url", fresh.base, folder=fresh.folder)
    assert done.returncode == 1 and "customer.created" in done.stderr


# Time


def test_periods_end_in_every_cloud_when_the_clock_is_moved(fresh):
    made = fresh.request("POST", "/_emulator/clouds", {"name": "Second"}).json()
    listen(fresh, made["cloud_id"])
    for base in (fresh.base, made["base_url"]):
        trigger(base, "customer.subscription.created")
    fresh.request("POST", "/_emulator/clock", {"advance_seconds": 32 * 86400})
    for base in (fresh.base, made["base_url"]):

        def renewed(base=base):
            types = [one["type"] for one in seen(base, "other")]
            return "customer.subscription.updated" in types and types.count("invoice.paid") == 2

        assert eventually(renewed), [one["type"] for one in seen(base, "other")]


def test_a_period_that_ends_is_noticed_without_anybody_asking(fresh):
    """By the time of the day: within half a minute."""
    now = fresh.get("/_emulator/clock").json()["microseconds"] // 1_000_000
    events = trigger(fresh.base, "customer.subscription.created", trial_end=str(now + 3))
    (subscription,) = [
        json.loads(one["body"])["data"]["object"]
        for one in seen(fresh.base, "other")
        if one["type"] == "customer.subscription.created"
    ]
    assert events and subscription["status"] == "trialing"

    def active():
        changes = [json.loads(one["body"])["data"]["object"] for one in seen(fresh.base, "other")]
        return any(one["id"] == subscription["id"] and one.get("status") == "active" for one in changes)

    assert eventually(active, within=60, every=0.5), [one["type"] for one in seen(fresh.base, "other")]
