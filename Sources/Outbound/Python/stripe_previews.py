"""Previews of invoices: what would come next, with the changes that the caller thinks of. Nothing is changed."""

from altan_standin import store

from .coupons import DISCOUNTS, asked
from .errors import invalid, missing, unsupported
from .invoices import make_invoice
from .objects import find, keep
from .subscription_changes import change_discounts, change_items, schedule_cancellation
from .subscriptions import ITEM, LIVE, discounts_of, following, new_subscription, period, price_of
from .taxes import rates


class Previewed(Exception):
    """Carries an invoice out of the transaction that must not leave anything else."""


UPCOMING = (
    "customer, subscription, subscription_items[SUBSCRIPTION_ITEM], subscription_proration_behavior, "
    "subscription_proration_date:int, subscription_cancel_at_period_end:bool, subscription_default_tax_rates:list, "
    f"coupon, {DISCOUNTS}, expand:list, subscription_details{{items[SUBSCRIPTION_ITEM], proration_behavior, "
    "proration_date:int, cancel_at_period_end:bool, default_tax_rates:list, ~billing_cycle_anchor, ~cancel_at, ~cancel_now, "
    "~trial_end, ~resume_at, ~start_date, ~billing_mode}, preview_mode, currency, ~invoice_items, ~schedule, "
    "~schedule_details, ~automatic_tax, ~customer_details, ~on_behalf_of, ~issuer"
).replace("SUBSCRIPTION_ITEM", f"id, deleted:bool, clear_usage:bool, {ITEM}")  # fmt: skip


def preview(request, params):
    """The invoice that would come next, with the changes that the parameters describe. Nothing is changed."""
    if params.get("preview_mode") == "recurring":
        raise unsupported("preview_mode=recurring")
    events = list(request.events)
    try:
        with store.transaction():
            raise Previewed(upcoming(request, params))
    except Previewed as done:
        (invoice,) = done.args
    request.events[:] = events
    transitions = {name: None for name in invoice["status_transitions"]}
    return invoice | {
        "id": f"upcoming_{invoice['id']}", "status": "draft", "number": None, "hosted_invoice_url": None,
        "amount_paid": 0, "amount_remaining": invoice["amount_due"], "attempt_count": 0, "attempted": False,
        "effective_at": None, "payments": invoice["payments"] | {"data": []}, "status_transitions": transitions,
    }  # fmt: skip


def upcoming(request, params):
    details = params.get("subscription_details") or {}
    for name in ("items", "proration_behavior", "proration_date", "cancel_at_period_end", "default_tax_rates"):
        if f"subscription_{name}" in params:
            details.setdefault(name, params[f"subscription_{name}"])
    given = {name: params[name] for name in ("discounts", "coupon") if name in params}
    subscription = upcoming_subscription(params, details)
    if subscription is None:
        return first_invoice(request, details | given | {"customer": params.get("customer")})
    made = change(request, subscription, details | given)
    if made is not None:
        return made
    start, end = following(subscription)
    if subscription["status"] in ("canceled", "incomplete_expired") or subscription["cancel_at_period_end"]:
        raise none_upcoming(subscription["customer"])
    return make_invoice(request, subscription, "upcoming", start, end)


def upcoming_subscription(params, details):
    """The subscription that is meant: the one that is named, or the customer's; None for one that is yet to be made."""
    if params.get("subscription"):
        return find("subscriptions", params["subscription"], "subscription")
    if not params.get("customer"):
        raise missing("customer")
    find("customers", params["customer"], "customer")
    if details.get("items"):
        return None
    for subscription in store.all("subscriptions"):
        if subscription["customer"] == params["customer"] and subscription["status"] in LIVE:
            return subscription
    raise none_upcoming(params["customer"])


def none_upcoming(customer):
    return invalid(f"No upcoming invoices for customer: {customer}", code="invoice_upcoming_none", status=404)


def change(request, subscription, params):
    """For previews: makes the changes, and returns the invoice that they cause at once; None where they cause none."""
    if any(name in params for name in ("discounts", "coupon")):
        change_discounts(request, subscription, asked(request, params, subscription["discounts"]))
    if "default_tax_rates" in params:
        subscription["default_tax_rates"] = rates(params["default_tax_rates"], "default_tax_rates")
    if "cancel_at_period_end" in params:
        schedule_cancellation(subscription, params["cancel_at_period_end"])
    return change_items(request, subscription, params)[1] if params.get("items") else None


def first_invoice(request, params):
    """For previews: the first invoice of a subscription that is yet to be made."""
    customer = find("customers", params["customer"], "customer")
    prices = [price_of(request, item, f"items[{index}]") for index, item in enumerate(params["items"])]
    discounts = discounts_of(request, customer, params, prices)
    subscription = keep("subscriptions", new_subscription(request, customer, params, prices, None, discounts))
    return make_invoice(request, subscription, "subscription_create", *period(subscription))
