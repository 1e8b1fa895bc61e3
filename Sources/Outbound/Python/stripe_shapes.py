"""Objects as an API version shows them. Kept are those of the newest; older versions get what they had."""

import copy

from altan_standin import store

NEWEST = "2026-10-28.endive"
CLOVER = "2025-09-30"
BASIL = "2025-03-31"


def shaped(value, version):
    """The value for that version: itself, or a copy."""
    if version[:10] < CLOVER:
        value = copy.deepcopy(value)
        if version[:10] < BASIL:
            before_basil(value)
        before_clover(value)
    return value


def before_clover(value):
    """Discounts and promotion codes held their coupon whole."""
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        before_clover(item)
    if isinstance(value, dict) and value.get("object") in ("discount", "promotion_code"):
        origin = value.pop("source" if value["object"] == "discount" else "promotion", None) or {}
        coupon = origin.get("coupon")
        value["coupon"] = kept("coupons", coupon) if isinstance(coupon, str) else coupon


def kept(collection, id):
    found = store.get(collection, id) or {}
    return {name: item for name, item in found.items() if not name.startswith("_")} or None


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
        elif value.get("object") == "invoiceitem":
            invoice_item(value)


def subscription(value):
    """The period was the subscription's; since basil each item has its own."""
    value["discount"] = first_discount(value)
    items = value.get("items", {}).get("data", []) if isinstance(value.get("items"), dict) else []
    for item in items:
        value["current_period_start"] = item.pop("current_period_start", None)
        value["current_period_end"] = item.pop("current_period_end", None)


def first_discount(value):
    """There was one, and it was whole."""
    for discount in value.get("discounts") or []:
        return kept("discounts", discount) if isinstance(discount, str) else copy.deepcopy(discount)
    return None


def tax_amounts(taxes):
    return [
        {
            "amount": tax["amount"], "inclusive": tax["tax_behavior"] == "inclusive",
            "tax_rate": tax["tax_rate_details"]["tax_rate"], "taxability_reason": tax["taxability_reason"],
            "taxable_amount": tax["taxable_amount"],
        }
        for tax in taxes or []
    ]  # fmt: skip


def invoice(value):
    """It named its subscription and payment itself; since basil its parent and payments do."""
    details = (value.pop("parent", None) or {}).get("subscription_details") or {}
    value["subscription"] = details.get("subscription")
    value["paid"] = value.get("status") == "paid"
    payments = value.pop("payments", None) or {"data": []}
    payment = payments["data"][0]["payment"] if payments["data"] else {}
    value["payment_intent"] = payment.get("payment_intent")
    value["discount"] = first_discount(value)
    value["total_tax_amounts"] = tax_amounts(value.pop("total_taxes", None))
    is_taxed = value["total_tax_amounts"] or value.get("automatic_tax", {}).get("enabled")
    value["tax"] = sum(tax["amount"] for tax in value["total_tax_amounts"]) if is_taxed else None
    for line in value.get("lines", {}).get("data", []):
        parent = line.pop("parent", None) or {}
        item = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
        line["subscription"] = item.get("subscription")
        line["proration"] = item.get("proration", False)
        if item.get("invoice_item"):
            line |= {"type": "invoiceitem", "invoice_item": item["invoice_item"]}
        else:
            line |= {"type": "subscription", "subscription_item": item.get("subscription_item")}
        line["tax_amounts"] = tax_amounts(line.pop("taxes", None))
        line["tax_rates"] = [kept("tax_rates", tax["tax_rate"]) for tax in line["tax_amounts"]]
        line["price"] = price(line)


def price(value):
    """It was whole."""
    details = (value.pop("pricing", None) or {}).get("price_details") or {}
    return kept("prices", details.get("price")) if details else None


def invoice_item(value):
    details = (value.pop("parent", None) or {}).get("subscription_details") or {}
    value |= {"price": price(value), "subscription": details.get("subscription")}
    if details.get("subscription_item"):
        value["subscription_item"] = details["subscription_item"]
