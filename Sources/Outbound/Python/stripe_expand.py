"""`expand[]`: ids replaced by the objects that they name."""

from altan_standin import store

from . import checkout
from .coupons import current
from .errors import invalid
from .objects import by_id, contained

DEPTH = 4


def expand(value, paths):
    """- Raises: StripeError for what cannot be expanded."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEPTH + (steps[0] == "data"):
            raise invalid(f"You cannot expand more than 4 levels of a property. Property: {path}", "expand")
        value = along(value, steps, path)
    return value


def along(value, steps, path):
    if value is None:
        return None
    if isinstance(value, list):
        return [along(item, steps, path) for item in value]
    if isinstance(value, str):
        found = by_id(value)
        if found is None:
            raise cannot(path)
        found = current(found) if found["object"] == "coupon" else found
        value = {name: item for name, item in found.items() if not name.startswith("_")}
    if not steps:
        return value
    if not isinstance(value, dict):
        raise cannot(path)
    name, rest = steps[0], steps[1:]
    if name not in value:
        value = value | included(value, name, path)
    if isinstance(value[name], (bool, int, float)) or (
        not rest and isinstance(value[name], str) and by_id(value[name]) is None
    ):
        raise cannot(path)
    return value | {name: along(value[name], rest, path)}


def included(value, name, path):
    """Fields that are there only when they are asked for, and fields of older versions."""
    if value.get("object") == "checkout.session" and name == "line_items":
        return {name: checkout.line_items(by_id(value["id"]))}
    if value.get("object") == "coupon" and name == "applies_to":
        return {name: by_id(value["id"])["_applies_to"]}
    if value.get("object") == "invoice" and name == "payment_intent":
        data = (value.get("payments") or {}).get("data") or []
        return {name: data[0]["payment"]["payment_intent"] if data else None}
    if value.get("object") == "invoice" and name == "subscription":
        details = (value.get("parent") or {}).get("subscription_details") or {}
        return {name: details.get("subscription")}
    if value.get("object") in ("customer",) and name in ("subscriptions", "sources", "tax_ids"):
        own = [s for s in store.all("subscriptions") if s["customer"] == value["id"] and s["status"] != "canceled"]
        return {name: contained(f"/v1/customers/{value['id']}/{name}", own if name == "subscriptions" else [])}
    raise cannot(path)


def cannot(path):
    return invalid(f"This property cannot be expanded ({path}).", "expand")
