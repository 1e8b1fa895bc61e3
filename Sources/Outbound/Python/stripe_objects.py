"""Objects in the store: made, found, changed, listed. All are kept in the shape of the newest API version."""

from altan_standin import new_id, now, store

from .errors import invalid, no_such

# Collection → prefix of its ids, and what an error calls the object.
KINDS = {
    "customers": ("cus_", "customer"),
    "products": ("prod_", "product"),
    "prices": ("price_", "price"),
    "payment_methods": ("pm_", "PaymentMethod"),
    "sessions": ("cs_test_", "checkout.session"),
    "subscriptions": ("sub_", "subscription"),
    "subscription_items": ("si_", "subscription_item"),
    "invoices": ("in_", "invoice"),
    "payment_intents": ("pi_", "payment_intent"),
    "setup_intents": ("seti_", "setupintent"),
    "charges": ("ch_", "charge"),
    "refunds": ("re_", "refund"),
    "events": ("evt_", "event"),
    "webhook_endpoints": ("we_", "webhook endpoint"),
    "portal_sessions": ("bps_", "billing_portal.session"),
    "invoiceitems": ("ii_", "invoiceitem"),
    "promotion_codes": ("promo_", "promotion code"),
    "discounts": ("di_", "discount"),
    "tax_rates": ("txr_", "tax rate"),
    # Coupons are called what their makers like: what is none of the others may be one.
    "coupons": ("", "coupon"),
}
LENGTHS = {"customers": 14, "products": 14, "subscription_items": 14, "sessions": 58}

LIST_FIELDS = "limit:int, starting_after, ending_before, expand:list, created:any"


def seconds():
    return int(now())


def make(collection, object, **fields):
    """A new object with an id of its kind, not yet kept."""
    id = fields.pop("id", None) or new_id(KINDS[collection][0], LENGTHS.get(collection, 24))
    return {"id": id, "object": object, "created": seconds(), "livemode": False, **fields}


def keep(collection, object):
    if collection in ("sessions", "subscriptions", "invoices"):
        note_due(object)
    return store.put(collection, object["id"], object)


def due_at(object):
    """When the clock next does something to a session, a subscription or an invoice; None for never."""
    if object["object"] == "checkout.session":
        return object["expires_at"] if object["status"] == "open" else None
    if object["object"] == "invoice":
        # Those of subscriptions are finalized as they are made.
        is_waiting = object["status"] == "draft" and object["auto_advance"] and object["billing_reason"] == "manual"
        return object["created"] + 3600 if is_waiting else None
    if object["status"] not in ("active", "trialing", "past_due"):
        return None
    moments = [item["current_period_end"] for item in object["items"]["data"][:1]]
    if object["cancel_at"]:
        moments.append(object["cancel_at"])
    if object["status"] == "trialing" and not object.get("_reminded"):
        moments.append(object["trial_end"] - 3 * 86400)
    return min(moments, default=None)


def note_due(object):
    """Keeps the earliest moment of all, so that a look at the clock need not look at every object."""
    moment, known = due_at(object), next_due()
    if moment is not None and (known is None or moment < known):
        store.put("settings", "due", {"at": moment})


def next_due():
    return (store.get("settings", "due") or {}).get("at")


def find(collection, id, param=None):
    """- Raises: StripeError where there is none (404), or where it is a parameter's (400)."""
    object = store.get(collection, id) if id else None
    if object is None or object.get("deleted"):
        raise no_such(KINDS[collection][1], id, param)
    return object


def by_id(id):
    """Any object, by the prefix of its id; None where there is none."""
    for collection, (prefix, _) in KINDS.items():
        if isinstance(id, str) and id.startswith(prefix):
            return store.get(collection, id)
    return None


def changed(object, params, *names):
    """Takes over the parameters that were given. Returns what their fields held before."""
    previous = {}
    for name in names:
        if name in params and object.get(name) != params[name]:
            previous[name] = object.get(name)
            object[name] = params[name]
    if "metadata" in params:
        merged = {k: v for k, v in ((object.get("metadata") or {}) | params["metadata"]).items() if v != ""}
        if not params["metadata"]:
            merged = {}
        if merged != object.get("metadata"):
            previous["metadata"] = object.get("metadata")
            object["metadata"] = merged
    return previous


def listing(url, objects, params):
    """One page, newest first."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid(f"Invalid integer: {limit} must be between 1 and 100", "limit")
    found = [object for object in reversed(objects) if in_range(object, params.get("created"))]
    ids = [object["id"] for object in found]
    after, before = params.get("starting_after"), params.get("ending_before")
    for param, id in (("starting_after", after), ("ending_before", before)):
        if id and id not in ids:
            raise invalid(f"No such object: '{id}'", param, "resource_missing")
    if before:
        rest = found[: ids.index(before)]
        page, more = rest[-limit:], len(rest) > limit
    else:
        rest = found[ids.index(after) + 1 :] if after else found
        page, more = rest[:limit], len(rest) > limit
    return {"object": "list", "data": page, "has_more": more, "url": url}


def in_range(object, created):
    if created is None:
        return True
    if not isinstance(created, dict):
        return object["created"] == int(created)
    tests = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    if any(name not in tests for name in created):
        raise invalid("Invalid created: known are gt, gte, lt and lte", "created")
    return all(tests[name](object["created"], int(value)) for name, value in created.items())


def contained(url, data):
    return {"object": "list", "data": data, "has_more": False, "url": url}
