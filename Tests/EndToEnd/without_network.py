"""Run by test_without_network.py in a network namespace of its own, where nothing is but loopback: what has to work there.

unshare --net python without_network.py demo|browser
"""

import fcntl
import socket
import struct
import sys
import time
from pathlib import Path

from browser import Browser
from emulator import REPOSITORY, Emulator, eventually, run
from third_party import STRIPE, deliveries, logs


def raise_loopback() -> None:
    """`ip link set lo up`, of which Debian's smallest systems have no command."""
    get, put, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        name = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(control, get, name), 16)
        fcntl.ioctl(control, put, struct.pack("16sH14x", b"lo", flags | up))


def has_no_network() -> None:
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 443))
        except OSError:
            return
    raise AssertionError("there is a route")


def demo() -> None:
    done = run("demo", "billing", folder=Path.cwd(), timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 9 steps held" in done.stdout, done.stdout


def order_page(emulator: Emulator, order: dict) -> str:
    made = emulator.service("billing", "/checkout", "POST", order)
    assert made.status == 201, made.text
    return made.json()["url"]


def browser() -> None:
    """A checkout session, a person who pays on its page, signed webhooks, the row."""
    with (
        Emulator("--config", str(REPOSITORY / "emulator.json"), seed=REPOSITORY / "seed") as emulator,
        Browser() as person,
    ):
        plan = emulator.service("billing", "/plans", "POST", {"name": "Pro", "amount": 1200})
        assert plan.status == 201, plan.text
        thanks = f"{emulator.base}/services/api/billing/plans"
        order = {
            "price_id": plan.json()["price_id"], "user_id": "user-7", "email": "ada@example.com",
            "success_url": thanks + "?session_id={CHECKOUT_SESSION_ID}", "cancel_url": emulator.base,
        }  # fmt: skip
        began = int(time.time())
        person.open(order_page(emulator, order))
        for text in ("Checkout", "12.00 USD", "1 × Pro", "per month", "ada@example.com"):
            assert text in person.text, person.text
        assert all(address.startswith(emulator.base) for address in person.requests()), person.requests()
        person.type("#card", "4000000000000002")
        person.follow("#pay")
        assert "Your card was declined." in person.text, person.text
        assert emulator.sql("select * from subscriptions") == []
        person.type("#card", "4242 4242 4242 4242")
        person.follow("#pay")
        assert person.url.startswith(f"{thanks}?session_id=cs_test_"), person.url

        def arrived():
            events = emulator.get(f"{STRIPE}/events").json()["events"]
            kinds = ("customer.subscription.created", "invoice.paid", "checkout.session.completed")
            return all({one["status"] for one in deliveries(events, kind)} == {"delivered"} for kind in kinds)

        assert eventually(arrived, within=20), logs(emulator, "billing")
        (row,) = emulator.sql(
            "select *, extract(epoch from current_period_start)::int as begins, "
            "extract(epoch from current_period_end)::int as ends from subscriptions"
        )
        person.open(order_page(emulator, order | {"user_id": "user-8"}))
        person.type("#card", "4000002500003155")
        person.follow("#pay")
        assert "is this you?" in person.text, person.text
        person.follow("#authenticate")
        assert person.url.startswith(thanks), person.url
        given_up = order_page(emulator, order | {"user_id": "user-9"})
        person.open(given_up)
        person.follow("#expire")
        assert person.url.rstrip("/") == emulator.base, person.url
        person.open(given_up)
        assert "This checkout session is expired" in person.text, person.text
        users = "select user_id from subscriptions order by user_id"
        assert eventually(lambda: len(emulator.sql(users)) == 2), emulator.sql(users)
        assert [one["user_id"] for one in emulator.sql(users)] == ["user-7", "user-8"]
        expected = {"user_id": "user-7", "status": "active", "price_id": order["price_id"], "plan_interval": "month"}
        assert row.items() >= expected.items(), row
        assert began - 60 <= row["begins"] <= time.time() + 60, row
        assert 28 <= (row["ends"] - row["begins"]) / 86400 <= 31, row


if __name__ == "__main__":
    raise_loopback()
    has_no_network()
    {"demo": demo, "browser": browser}[sys.argv[1]]()
    print("All held without a network.")
