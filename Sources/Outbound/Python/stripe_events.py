"""Events, and their deliveries to webhook endpoints."""

import asyncio
import json
import random

from altan_standin import endpoints, later, new_id, now, post, sign, store, token

from .errors import invalid, missing
from .objects import changed, find, keep, listing, make, seconds
from .shapes import NEWEST, shaped

# Attempts that follow a failed one. Stripe itself goes on for days; here a broken handler is found in seconds.
PAUSES = (0.5, 1.5, 4)
SECRET = "STRIPE_WEBHOOK_SECRET"


def record(request, type, object, previous=None):
    """Notes that something happened, with the object as it is now. Delivered when the request is done."""
    data = {"object": {name: value for name, value in object.items() if not name.startswith("_")}}
    if previous is not None:
        data["previous_attributes"] = previous
    event = make(
        "events", "event", api_version=NEWEST, data=data, pending_webhooks=0, type=type,
        request={"id": request.id, "idempotency_key": request.idempotency_key},
    )  # fmt: skip
    request.events.append(keep("events", event)["id"])
    return event


def as_version(event, version):
    """An event as an endpoint of that API version gets it."""
    return shaped(event, version) | {"api_version": version}


def default_version():
    """The version of endpoints that name none: the one that the SDK last sent."""
    return (store.get("settings", "version") or {}).get("value", NEWEST)


# Endpoints of the API


def create_endpoint(request, params):
    if not params["url"].startswith(("http://", "https://")):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid")
    check_events(params.get("enabled_events"))
    endpoint = make(
        "webhook_endpoints", "webhook_endpoint", api_version=params.get("api_version"), application=None,
        description=params.get("description"), enabled_events=params["enabled_events"],
        metadata=params.get("metadata", {}), status="enabled", url=params["url"],
    )  # fmt: skip
    secret = f"whsec_{token(32, endpoint['id'])}"
    keep("webhook_endpoints", endpoint | {"_secret": secret})
    return endpoint | {"secret": secret}


def check_events(names):
    if not names:
        raise missing("enabled_events")
    for index, name in enumerate(names):
        if name != "*" and "." not in name:
            raise invalid(f"Invalid enabled_events[{index}]: must be an event type or *", f"enabled_events[{index}]")


def update_endpoint(request, params):
    endpoint = find("webhook_endpoints", request.path["id"])
    if "enabled_events" in params:
        check_events(params["enabled_events"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    changed(endpoint, params, "url", "enabled_events", "description")
    return keep("webhook_endpoints", endpoint)


def delete_endpoint(request, params):
    endpoint = find("webhook_endpoints", request.path["id"])
    store.delete("webhook_endpoints", endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def list_events(request, params):
    types = params.get("types") or ([params["type"]] if params.get("type") else None)

    def wanted(event):
        return types is None or any(
            type == event["type"] or (type.endswith("*") and event["type"].startswith(type[:-1])) for type in types
        )

    return listing("/v1/events", [event for event in store.all("events") if wanted(event)], params)


# Deliveries


class Target:
    """Somewhere an event goes: a registered endpoint, or a service's webhook path."""

    def __init__(self, id, url, events, version, secret=None, secret_name=None, service=None):
        self.id, self.url, self.events, self.version = id, url, events, version or default_version()
        self.secret, self.secret_name, self.service = secret, secret_name, service

    def takes(self, type):
        return "*" in self.events or type in self.events

    async def signature(self, body):
        """Stripe's own scheme: `t=…,v1=` over `{t}.{body}`."""
        moment = seconds()
        if self.secret is None:
            code = await sign(self.secret_name, f"{moment}.{body}")
        else:
            import hashlib
            import hmac

            code = hmac.new(self.secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
        return f"t={moment},v1={code}"


async def targets():
    """Where events go now, and why nowhere if nowhere: endpoints that were registered or that `emulator.json` lists; else
    every service that looks as if it waited for them."""
    found = [
        Target(e["id"], e["url"], e["enabled_events"], e["api_version"], secret=e["_secret"])
        for e in store.all("webhook_endpoints")
        if e["status"] == "enabled"
    ]
    answer = await endpoints(SECRET)
    if found and not answer["listed"]:
        return found, None
    found += [
        Target(
            e["service"], e["url"], e["events"], e["api_version"], secret_name=e["secret_name"], service=e["service"]
        )
        for e in answer["endpoints"]
    ]
    return found, answer.get("reason")


def deliver_later(ids):
    """Delivers events when the response is on its way. Returns the task."""
    return later(deliver(ids)) if ids else None


async def deliver(ids, **settings):
    """Sends each event to everybody who takes it, in the order in which they happened; failed ones again after a pause.
    Returns the deliveries as they are after the first attempts."""
    async with turn:
        return await deliver_now(ids, (store.get("settings", "deliveries") or {}) | settings)


# Stripe promises no order. Here there is one, so that a run can be repeated; `shuffle` takes it away.
turn = asyncio.Lock()


async def deliver_now(ids, settings):
    where, reason = await targets()
    order = list(ids)
    if settings.get("shuffle"):
        random.Random(len(store.all("events"))).shuffle(order)
    if settings.get("duplicate"):
        order = [id for id in order for _ in range(2)]
    generation = store.get("settings", "generation")
    made = []
    for id in order:
        event = store.get("events", id)
        takers = [target for target in where if event is not None and target.takes(event["type"])]
        if event is not None and not takers:
            made.append(undelivered(event, reason or "no endpoint listens for this type of event"))
        for target in takers:
            delivery = {
                "id": new_id("dlv_"), "event": id, "type": event["type"], "target": target.id, "url": target.url,
                "status": "pending", "attempts": [], "created": seconds(),
            }  # fmt: skip
            await attempt(delivery, event, target)
            made.append(delivery)
            if delivery["status"] == "failed":
                later(retry(delivery, event, target, generation))
    return made


def undelivered(event, reason):
    print(f"[stripe] {event['type']} {event['id']} was not delivered: {reason}")
    return store.put("deliveries", event["id"], {
        "id": event["id"], "event": event["id"], "type": event["type"], "target": None, "url": None,
        "status": "undelivered", "reason": reason, "attempts": [], "created": seconds(),
    })  # fmt: skip


async def attempt(delivery, event, target):
    body = json.dumps(as_version(public(event), target.version), indent=2)
    try:
        signature = await target.signature(body)
    except Exception as error:
        status, text = 0, f"it could not be signed with {target.secret_name}: {error}"
    else:
        status, text = await post(
            target.url, body.encode(),
            {
                "content-type": "application/json; charset=utf-8", "stripe-signature": signature, "accept": "*/*",
                "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)", "cache-control": "no-cache",
            },
        )  # fmt: skip
    delivery["attempts"].append({"at": now(), "status": status, "response": text})
    delivery["status"] = "delivered" if 200 <= status < 300 else "failed"
    store.put("deliveries", delivery["id"], delivery)
    print(f"[stripe] {event['type']} {event['id']} -> {target.url} {status or text}")


async def retry(delivery, event, target, generation):
    for pause in PAUSES:
        await asyncio.sleep(pause)
        # After a reset this event never happened.
        if store.get("events", event["id"]) is None or store.get("settings", "generation") != generation:
            return
        await attempt(delivery, event, target)
        if delivery["status"] == "delivered":
            return


def public(event):
    return {name: value for name, value in event.items() if not name.startswith("_")}
