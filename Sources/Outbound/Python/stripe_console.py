"""What is the emulator's own: the payment page, the portal, triggers, events and their deliveries."""

import json
import traceback
from urllib.parse import parse_qs

from altan_standin import new_id, now, store

from . import checkout, clock, pages, subscription_changes, subscriptions, trigger
from .errors import StripeError
from .events import deliver, deliver_later
from .objects import find


class Visit:
    """Stands for the API's request: a person, or a command, did this."""

    def __init__(self):
        self.id = new_id("req_", 14)
        self.idempotency_key = None
        self.events = []
        self.path = {}


async def answer(method, path, query, body, headers):
    """Status, headers, bytes."""
    parts = path.strip("/").split("/")
    wants_json = "json" in headers.get("content-type", "") or "json" in headers.get("accept", "")
    try:
        params = values(body, headers)
        match (method, *parts):
            case ("GET", ""):
                return page(pages.overview(overview()))
            case ("GET", "pay", id):
                return page(pages.checkout(find("sessions", id)))
            case ("POST", "pay", id):
                return await pay(id, params, wants_json)
            case ("GET", "portal", id):
                return page(portal(id))
            case ("POST", "portal", id):
                return change(id, params)
            case ("GET", "invoices", id):
                return page(pages.invoice(find("invoices", id)))
            case ("GET", "events"):
                return reply(overview())
            case ("POST", "trigger"):
                return await run_trigger(params)
            case ("POST", "resend"):
                return await resend(params)
            case ("POST", "settings"):
                return reply(set_deliveries(params))
            case ("POST", "tick"):
                with store.transaction():
                    ids = clock.tick(now())
                return reply({"events": await outcome(ids)})
        return reply({"message": f"The stand-in for api.stripe.com has no {method} /_emulator/{path}."}, 404)
    except StripeError as error:
        return reply({"error": error.body, "message": error.body["message"]}, error.status)
    except ValueError as error:
        return reply({"message": str(error)}, 400)
    except Exception:
        traceback.print_exc()
        return reply({"message": "The stand-in for api.stripe.com has a bug; its log has the traceback."}, 500)


def values(body, headers):
    if "json" in headers.get("content-type", ""):
        params = json.loads(body or b"{}")
        if not isinstance(params, dict):
            raise ValueError("The body must be one JSON object.")
        return params
    return {name: found[-1] for name, found in parse_qs(body.decode("utf-8", "replace")).items()}


def reply(value, status=200):
    return status, {"content-type": "application/json"}, json.dumps(value, indent=2).encode()


def page(text, status=200):
    return status, {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}, text.encode()


def see_other(url):
    return 303, {"location": url, "content-type": "text/plain"}, b""


async def pay(id, params, wants_json):
    """The buttons of the payment page, and the same as JSON: `{"card", "email", "action"}`."""
    action = params.get("action", "pay")
    visit = Visit()
    session = find("sessions", id)
    if session["status"] != "open" and not wants_json:
        return page(pages.checkout(session), 409)
    try:
        with store.transaction():
            if action == "expire":
                session = checkout.expire(visit, session)
            elif action == "fail":
                raise StripeError(
                    402, "card_error", "We are unable to authenticate your payment method.",
                    "payment_intent_authentication_failure",
                )  # fmt: skip
            else:
                session = checkout.pay(
                    visit, session, params.get("card") or "4242424242424242", params.get("email"), params.get("name"),
                    params.get("country"), action == "authenticate", params.get("promotion_code"),
                )  # fmt: skip
    except checkout.NeedsAuthentication:
        if wants_json:
            return reply(
                {"status": "requires_action", "next": 'send it again with "action": "authenticate" or "fail"'}, 402
            )
        return page(pages.authentication(find("sessions", id), params), 402)
    except StripeError as error:
        deliver_later(visit.events if error.keeps_changes else [])
        if wants_json:
            raise
        return page(pages.checkout(find("sessions", id), error.body["message"], params), error.status)
    if wants_json:
        return reply({"session": public(session), "deliveries": await deliver(visit.events)})
    deliver_later(visit.events)
    if action == "expire":
        return see_other(session["cancel_url"]) if session["cancel_url"] else page(pages.checkout(session))
    url = (session["success_url"] or session.get("return_url") or "").replace("{CHECKOUT_SESSION_ID}", session["id"])
    return see_other(url) if url else page(pages.checkout(session))


def portal(id):
    session = find("portal_sessions", id)
    customer = find("customers", session["customer"])
    own = [s for s in store.all("subscriptions") if s["customer"] == customer["id"]]
    invoices = [i for i in store.all("invoices") if i["customer"] == customer["id"]]
    return pages.portal(session, customer, own, invoices)


def change(id, params):
    session = find("portal_sessions", id)
    subscription = find("subscriptions", params.get("subscription"))
    if subscription["customer"] != session["customer"]:
        raise ValueError("That subscription is another customer's.")
    visit = Visit()
    visit.path = {"id": subscription["id"]}
    with store.transaction():
        if params.get("action") == "cancel_now":
            subscriptions.cancel(visit, subscription)
        elif params.get("action") in ("cancel", "resume"):
            subscription_changes.update_subscription(visit, {"cancel_at_period_end": params["action"] == "cancel"})
        else:
            raise ValueError("action is cancel, resume or cancel_now.")
    deliver_later(visit.events)
    return see_other(session["url"])


async def run_trigger(params):
    visit = Visit()
    overrides = params.get("override") or {}
    if not isinstance(overrides, dict):
        raise ValueError("override must be an object of paths and values.")
    with store.transaction():
        trigger.run(visit, params.get("event") or "", overrides)
    order = {name: True for name in ("shuffle", "duplicate") if params.get(name)}
    return reply({"events": await outcome(visit.events, **order)})


async def outcome(ids, **order):
    """Delivers events now, and says what became of each."""
    deliveries = await deliver(ids, **order)
    return [
        {"id": id, "type": store.get("events", id)["type"], "deliveries": [d for d in deliveries if d["event"] == id]}
        for id in ids
    ]


async def resend(params):
    """One event by its id, or all that were not delivered."""
    if params.get("event"):
        ids = [find("events", params["event"])["id"]]
    else:
        ids = list(dict.fromkeys(d["event"] for d in store.all("deliveries") if d["status"] != "delivered"))
        for delivery in store.all("deliveries"):
            if delivery["status"] != "delivered":
                store.delete("deliveries", delivery["id"])
    return reply({"events": await outcome(ids)})


def set_deliveries(params):
    known = {name: bool(params[name]) for name in ("shuffle", "duplicate") if name in params}
    if unknown := set(params) - set(known):
        raise ValueError(f"Unknown settings: {', '.join(sorted(unknown))}. Known are shuffle and duplicate.")
    return store.put("settings", "deliveries", (store.get("settings", "deliveries") or {}) | known)


def overview():
    """Events, newest first, each with its deliveries."""
    deliveries = store.all("deliveries")
    return {
        "events": [
            {
                "id": event["id"], "type": event["type"], "created": event["created"],
                "object": event["data"]["object"]["id"],
                "deliveries": [delivery for delivery in deliveries if delivery["event"] == event["id"]],
            }
            for event in reversed(store.all("events"))
        ]
    }  # fmt: skip


def public(object):
    return {name: value for name, value in object.items() if not name.startswith("_")}
