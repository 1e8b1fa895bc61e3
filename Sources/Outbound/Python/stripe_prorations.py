"""Changes within a billing period: what was paid for and is not used is credited, what is used from now on is billed."""

from datetime import UTC, datetime
from decimal import Decimal

from altan_standin import store

from .amounts import reckon, rounded
from .coupons import coupon_of, in_force
from .errors import invalid
from .invoices import full_price, pricing
from .objects import find, keep, make, seconds

BEHAVIORS = ("always_invoice", "create_prorations", "none")


def behavior(params):
    chosen = params.get("proration_behavior") or "create_prorations"
    if chosen not in BEHAVIORS:
        raise invalid(f"Invalid proration_behavior: must be one of {', '.join(BEHAVIORS)}", "proration_behavior")
    return chosen


def prorate(subscription, before, after, period, moment, restarts=False):
    """Notes invoice items for the difference between items of a subscription. `period` is the one that was paid for; with
    `restarts` another begins, so that the new items are billed whole elsewhere.

    Returns whether there is a difference."""
    begin, end = period
    if not begin <= moment <= end:
        raise invalid("The proration date must be within the current period.", "proration_date")
    left = Decimal(end - moment) / Decimal(max(end - begin, 1))
    paid = subscription.get("_paid", {})
    old, new = ({item["id"]: item for item in items} for items in (before, after))
    noted = False
    for id in [*old, *(id for id in new if id not in old)]:
        if not restarts and same(old.get(id), new.get(id)):
            continue
        if id in old:
            amount = paid.get(id, discounted(subscription, old[id]))
            note(subscription, old[id], -rounded(amount * left), "Unused time on", moment, end)
            noted = True
        if id in new and not restarts:
            amount = discounted(subscription, new[id])
            note(subscription, new[id], rounded(amount * left), "Remaining time on", moment, end)
            noted = True
    subscription["_paid"] = {
        id: paid[id] if id in paid and same(old.get(id), item) else discounted(subscription, item)
        for id, item in new.items()
    }  # fmt: skip
    return noted


def same(one, other):
    return bool(one and other) and (one["price"]["id"], one["quantity"]) == (other["price"]["id"], other["quantity"])


def discounted(subscription, item):
    """What an item costs for a whole period, with the discounts that the subscription has."""
    discounts = in_force(subscription["discounts"], seconds())
    return reckon([full_price(subscription, item)], [coupon_of(discount) for discount in discounts])[0].discounted


def note(subscription, item, amount, what, moment, end):
    """An invoice item that waits for the subscription's next invoice."""
    price = item["price"]
    product = find("products", price["product"])
    count = f"{item['quantity']} × " if item["quantity"] != 1 else ""
    day = datetime.fromtimestamp(moment, UTC)
    entry = make(
        "invoiceitems", "invoiceitem", amount=amount, currency=price["currency"], customer=subscription["customer"],
        customer_account=None, date=seconds(), description=f"{what} {count}{product['name']} after {day:%d %b %Y}",
        discountable=False, discounts=[], invoice=None, metadata={}, net_amount=amount,
        parent={
            "type": "subscription_details",
            "subscription_details": {"subscription": subscription["id"], "subscription_item": item["id"]},
        },
        period={"start": moment, "end": end}, pricing=pricing(price), proration=True, quantity=item["quantity"],
        tax_rates=item["tax_rates"] or subscription["default_tax_rates"], test_clock=None,
    )  # fmt: skip
    del entry["created"]
    keep("invoiceitems", entry | {"_product": price["product"]})


def pending(subscription):
    """Whether something waits for the subscription's next invoice."""
    return any(
        item["invoice"] is None
        and ((item["parent"] or {}).get("subscription_details") or {}).get("subscription") == subscription["id"]
        for item in store.all("invoiceitems")
    )
