"""Objects as an API version shows them. Kept are those of the newest; older versions get what they had."""

import copy

from altan_standin import store

NEWEST = "2026-10-28.endive"
BASIL = "2025-03-31"


def shaped(value, version):
    """A copy for that version."""
    value = copy.deepcopy(value)
    if version[:10] < BASIL:
        before_basil(value)
    return value


def before_basil(value):
    if isinstance(value, list):
        for item in value:
            before_basil(item)
    elif isinstance(value, dict):
        for item in value.values():
            before_basil(item)
        if value.get("object") == "subscription":
            subscription(value)
        elif value.get("object") == "invoice":
            invoice(value)


def subscription(value):
    """The period was the subscription's; since basil each item has its own."""
    items = value.get("items", {}).get("data", []) if isinstance(value.get("items"), dict) else []
    for item in items:
        value["current_period_start"] = item.pop("current_period_start", None)
        value["current_period_end"] = item.pop("current_period_end", None)


def invoice(value):
    """It named its subscription and payment itself; since basil its parent and payments do."""
    details = (value.pop("parent", None) or {}).get("subscription_details") or {}
    value["subscription"] = details.get("subscription")
    value["paid"] = value.get("status") == "paid"
    payments = value.pop("payments", None) or {"data": []}
    payment = payments["data"][0]["payment"] if payments["data"] else {}
    value["payment_intent"] = payment.get("payment_intent")
    value["tax"] = 0 if value.get("automatic_tax", {}).get("enabled") else None
    for line in value.get("lines", {}).get("data", []):
        item = (line.pop("parent", None) or {}).get("subscription_item_details") or {}
        line["subscription"] = item.get("subscription")
        line["subscription_item"] = item.get("subscription_item")
        line["type"] = "subscription"
        price = line.pop("pricing", None) or {}
        line["price"] = store.get("prices", (price.get("price_details") or {}).get("price"))
