"""The Stripe module of the document that services are written after, verbatim: it fails as it does in production, and
the emulator says why. ALTAN_SEED_DOCUMENT names the document; without it there is nothing to test."""

import os
import re
from pathlib import Path

import pytest
from emulator import SEEDS, Emulator, eventually
from third_party import STRIPE, deliveries, logs

DOCUMENT = os.environ.get("ALTAN_SEED_DOCUMENT")
pytestmark = pytest.mark.skipif(not DOCUMENT, reason="ALTAN_SEED_DOCUMENT names no document")

CREATED, COMPLETED = "customer.subscription.created", "checkout.session.completed"
DELETED = "customer.subscription.deleted"

CORRECTION = [
    ("import os\nimport stripe", "import os\nimport json\nimport stripe"),
    (
        "    if sub.items and sub.items.data:\n        p = sub.items.data[0].price\n",
        '    items = sub["items"].data if sub["items"] else []\n    item = items[0] if items else None\n'
        "    if item:\n        p = item.price\n",
    ),
    (
        'getattr(sub, "current_period_start", None)',
        'getattr(sub, "current_period_start", None) or getattr(item, "current_period_start", None)',
    ),
    (
        'getattr(sub, "current_period_end", None)',
        'getattr(sub, "current_period_end", None) or getattr(item, "current_period_end", None)',
    ),
    ('getattr(sub, "metadata", None) or {}', 'json.loads(str(sub))["metadata"] or {}'),
    ("stripe.error.StripeError", "stripe.StripeError"),
    ("stripe.error.SignatureVerificationError", "stripe.SignatureVerificationError"),
    ('obj = event["data"]["object"]', 'obj = json.loads(payload)["data"]["object"]'),
]


def module() -> str:
    blocks = re.findall(r"```python\n(.*?)```", Path(DOCUMENT).read_text(), re.DOTALL)
    return max(blocks, key=len)


def corrected() -> str:
    text = module()
    for old, new in CORRECTION:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def payments():
    with Emulator(seed=SEEDS / "payments") as emulator:
        yield emulator


def deploy(payments, code: str, release: str):
    answer = payments.deploy("payments", code, [f"stripe=={release}", "supabase"])
    if answer.status == 422 and "requirements" in answer.json()["code"]:
        pytest.skip(f"stripe {release} cannot be installed here")
    assert answer.status == 200, answer.text


def trigger(payments, event: str, **override) -> list[dict]:
    body = {"event": event, "override": override}
    answer = payments.request("POST", f"{STRIPE}/trigger", body, timeout=60)
    assert answer.status == 200, answer.text
    return answer.json()["events"]


def outcome(events, kind) -> tuple[int, str]:
    attempt = deliveries(events, kind)[0]["attempts"][0]
    return attempt["status"], attempt["response"]


def subscribe(payments) -> list[dict]:
    return trigger(payments, COMPLETED, mode="subscription", **{"metadata.user_id": "user-1"})


# Release → what created and completed say, and whether deleted works: the table of the note, row by row.
DICT_METHOD = "'builtin_function_or_method' object has no attribute 'data'"
VERBATIM = {
    "11.6.0": (DICT_METHOD, DICT_METHOD, 200),
    "16.1.0": ("is not JSON serializable", "is a dict method", 500),
}


@pytest.mark.parametrize("release", VERBATIM)
def test_verbatim_it_fails_as_in_production_and_each_failure_has_its_hint(payments, release):
    payments.reset()
    created, completed, deleted = VERBATIM[release]
    deploy(payments, module(), release)
    events = subscribe(payments)
    for kind, text in ((CREATED, created), (COMPLETED, completed)):
        status, said = outcome(events, kind)
        assert status == 500 and text in said, (kind, said)
    assert outcome(trigger(payments, DELETED), DELETED)[0] == deleted
    assert eventually(lambda: [line for line in logs(payments, "payments") if line.startswith("[hint] ")])
    refused = payments.service("payments", "/stripe/checkout-session", "POST", {
        "price_id": "price_none", "success_url": "https://a.test/s", "cancel_url": "https://a.test/c"})  # fmt: skip
    assert refused.status == 400 and "No such price: 'price_none'" in refused.text
    forged = {"stripe-signature": "t=1,v1=" + "0" * 64}
    path = "/services/api/payments/stripe/webhook"
    assert payments.request("POST", path, b"{}", forged).status == 400
    assert payments.request("POST", path, b"{}").status == 400


@pytest.mark.parametrize("release", ["7.14.0", "11.6.0", "13.2.0", "15.6.2", "16.1.0"])
def test_corrected_it_is_green_with_the_whole_row(payments, release):
    payments.reset()
    deploy(payments, corrected(), release)
    price = trigger(payments, "customer.subscription.created")
    price_id = next(e for e in payments.get(f"{STRIPE}/events").json()["events"] if e["type"] == "price.created")[
        "object"
    ]
    assert price
    made = payments.service("payments", "/stripe/checkout-session", "POST", {
        "price_id": price_id, "success_url": "https://a.test/s", "cancel_url": "https://a.test/c",
        "customer_email": "ada@example.com", "user_id": "user-1", "metadata": {"user_id": "user-1"}})  # fmt: skip
    assert made.status == 201, made.text
    page = made.json()["url"].removeprefix(payments.base)
    form = {"content-type": "application/x-www-form-urlencoded"}
    paid = payments.request("POST", page, "action=pay&card=4242424242424242", form)
    assert paid.status == 303 and paid.headers["location"].startswith("https://a.test/s?session_id=cs_test_")
    rows = eventually(lambda: payments.sql("select * from subscriptions where user_id = 'user-1'"))
    assert len(rows) == 1, logs(payments, "payments")
    row = rows[0]
    assert row["status"] == "active" and row["price_id"] == price_id and row["plan_interval"] == "month"
    assert row["current_period_start"] and row["current_period_end"]

    def arrived():
        events = payments.get(f"{STRIPE}/events").json()["events"]
        kinds = (CREATED, "invoice.paid", COMPLETED)
        return all({d["status"] for d in deliveries(events, kind)} == {"delivered"} for kind in kinds)

    # The row is there after the first of them.
    assert eventually(arrived), logs(payments, "payments")
    assert outcome(trigger(payments, DELETED), DELETED)[0] == 200
