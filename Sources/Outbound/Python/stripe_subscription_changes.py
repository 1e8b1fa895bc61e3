"""Changes of subscriptions, as the API makes them, and what they cost."""

import copy

from altan_standin import store

from . import prorations
from .calendar_time import add
from .catalog import default_method, payment_method
from .coupons import asked
from .errors import invalid
from .events import record
from .invoices import make_invoice, pay
from .objects import changed, find, keep, seconds
from .subscriptions import (
    COMMON,
    ITEM,
    automatic,
    cancel,
    give,
    new_item,
    period,
    plan_of,
    price_of,
    refuse_unknown,
    renew,
    set_period,
    trial_end,
)
from .taxes import check_location, rates

UPDATE = (
    f"items[id, deleted:bool, clear_usage:bool, {ITEM}], pause_collection{{behavior!, ~resumes_at}}, "
    f"cancellation_details:any, proration_date:int, {COMMON}"
)


def update_subscription(request, params):
    subscription = find("subscriptions", request.path["id"])
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise invalid(
            "A canceled subscription can only update its cancellation_details and metadata.", "id", "resource_missing"
        )
    refuse_unknown(params)
    if params.get("default_payment_method"):
        params["default_payment_method"] = payment_method(params["default_payment_method"])["id"]
    previous = changed(
        subscription, params, "default_payment_method", "description", "collection_method", "days_until_due",
        "pause_collection",
    )  # fmt: skip
    if "automatic_tax" in params:
        check_location(params, find("customers", subscription["customer"]))
        previous |= changed(subscription, {"automatic_tax": automatic(params)}, "automatic_tax")
    if "default_tax_rates" in params:
        given = {"default_tax_rates": rates(params["default_tax_rates"], "default_tax_rates")}
        previous |= changed(subscription, given, "default_tax_rates")
    if any(name in params for name in ("discounts", "coupon", "promotion_code")):
        previous |= change_discounts(request, subscription, asked(request, params, subscription["discounts"]))
    if "cancel_at_period_end" in params:
        previous |= schedule_cancellation(subscription, params["cancel_at_period_end"])
    if "cancel_at" in params:
        previous |= changed(subscription, {"cancel_at": params["cancel_at"] and int(params["cancel_at"])}, "cancel_at")
        previous |= changed(
            subscription, {"canceled_at": seconds() if subscription["cancel_at"] else None}, "canceled_at"
        )
    if params.get("trial_end") == "now" and subscription["status"] == "trialing":
        previous["trial_end"] = subscription["trial_end"]
        keep("subscriptions", subscription | {"trial_end": seconds()})
        subscription = find("subscriptions", subscription["id"])
        set_period(subscription, period(subscription)[0], seconds())
        renew(request, subscription)
        return subscription
    elif params.get("trial_end"):
        end = trial_end(params, seconds())
        previous |= changed(subscription, {"trial_end": end, "status": "trialing"}, "trial_end", "status")
        set_period(subscription, period(subscription)[0], end)
    if params.get("items") or params.get("billing_cycle_anchor") == "now":
        before = {"latest_invoice": subscription["latest_invoice"], "status": subscription["status"]}
        changes, _ = change_items(request, subscription, params)
        previous |= changes | {name: value for name, value in before.items() if subscription[name] != value}
    keep("subscriptions", subscription)
    if previous:
        record(request, "customer.subscription.updated", subscription, previous)
    return subscription


def change_discounts(request, subscription, discounts):
    before = subscription["discounts"]
    give(request, subscription, find("customers", subscription["customer"]), discounts)
    for id in before:
        if id not in subscription["discounts"]:
            record(request, "customer.discount.deleted", store.get("discounts", id))
    return {"discounts": before} if before != subscription["discounts"] else {}


def delete_discount(request, params):
    subscription = find("subscriptions", request.path["id"])
    if not subscription["discounts"]:
        raise invalid(f"No active discount for subscription: {subscription['id']}", "id", "resource_missing", 404)
    last = store.get("discounts", subscription["discounts"][-1])
    previous = change_discounts(request, subscription, subscription["discounts"][:-1])
    record(request, "customer.subscription.updated", keep("subscriptions", subscription), previous)
    return last | {"deleted": True}


def schedule_cancellation(subscription, at_end):
    end = period(subscription)[1]
    details = subscription["cancellation_details"] | {"reason": "cancellation_requested" if at_end else None}
    return changed(
        subscription,
        {
            "cancel_at_period_end": bool(at_end), "cancel_at": end if at_end else None,
            "canceled_at": seconds() if at_end else None, "cancellation_details": details,
        },
        "cancel_at_period_end", "cancel_at", "canceled_at", "cancellation_details",
    )  # fmt: skip


def change_items(request, subscription, params):
    """Applies item changes from now on, or begins a new period, and bills the difference as the caller wants it.

    Returns what the fields held before, and the invoice that was made for it, if any."""
    changes = params.get("items") or []
    before = copy.deepcopy(subscription["items"])
    paid_for = period(subscription)
    intervals = intervals_of(subscription)
    for index, change in enumerate(changes):
        change_item(request, subscription, change, index)
    data = subscription["items"]["data"]
    if not data:
        raise invalid("A subscription must have at least one item.", "items")
    chosen = prorations.behavior(params)
    restarts = params.get("billing_cycle_anchor") == "now" or intervals != intervals_of(subscription)
    moment = params.get("proration_date") or seconds()
    is_billed = chosen != "none" and subscription["status"] in ("active", "past_due")
    noted = is_billed and prorations.prorate(subscription, before["data"], data, paid_for, moment, restarts)
    invoice = None
    if restarts and subscription["status"] != "trialing":
        recurring = data[0]["price"]["recurring"]
        subscription["billing_cycle_anchor"] = seconds()
        set_period(subscription, seconds(), add(seconds(), recurring["interval"], recurring["interval_count"]))
        invoice = bill_change(request, subscription, *period(subscription), params)
    elif chosen == "always_invoice" and noted:
        invoice = bill_change(request, subscription, moment, seconds(), params, only_pending=True)
    return ({"items": before} if before != subscription["items"] else {}), invoice


def intervals_of(subscription):
    items = subscription["items"]["data"]
    return [
        (item["price"]["recurring"]["interval"], item["price"]["recurring"]["interval_count"]) for item in items[:1]
    ]


def change_item(request, subscription, change, index):
    data = subscription["items"]["data"]
    begin, end = period(subscription)
    item = next((item for item in data if item["id"] == change.get("id")), None)
    if change.get("id") and item is None:
        raise invalid(f"No such subscription_item: '{change['id']}'", f"items[{index}][id]", "resource_missing")
    if item is None:
        price = price_of(request, change, f"items[{index}]")
        item = new_item(subscription, price, change.get("quantity", 1), change.get("metadata"), change.get("tax_rates"))
        data.append(item | {"current_period_start": begin, "current_period_end": end})
        return
    if change.get("deleted"):
        data.remove(item)
        return
    if change.get("price") or change.get("price_data"):
        price = price_of(request, change, f"items[{index}]")
        item |= {"price": price, "plan": plan_of(price)}
    if change.get("quantity") is not None:
        item["quantity"] = change["quantity"]
    if "metadata" in change:
        item["metadata"] = change["metadata"]
    if "tax_rates" in change:
        item["tax_rates"] = rates(change["tax_rates"], f"items[{index}][tax_rates]")


def bill_change(request, subscription, start, end, params, only_pending=False):
    """Makes the invoice for a change, and collects it.

    - Raises: StripeError of a card that is declined, where the caller wants that undone."""
    invoice = make_invoice(request, subscription, "subscription_update", start, end, only_pending=only_pending)
    subscription["latest_invoice"] = invoice["id"]
    keep("subscriptions", subscription)
    if subscription["collection_method"] == "send_invoice" and invoice["amount_due"]:
        return invoice
    customer = find("customers", subscription["customer"])
    error = pay(request, invoice, default_method(customer, subscription["default_payment_method"]))
    if error is not None and params.get("payment_behavior") == "error_if_incomplete":
        error.keeps_changes = False
        raise error
    subscription["status"] = "active" if invoice["status"] == "paid" else "past_due"
    return invoice


def cancel_subscription(request, params):
    subscription = find("subscriptions", request.path["id"])
    if subscription["status"] == "canceled":
        raise invalid(f"No such subscription: '{subscription['id']}'", "id", "resource_missing", 404)
    if params.get("cancellation_details"):
        subscription["cancellation_details"] |= params["cancellation_details"]
    if params.get("prorate") and subscription["status"] == "active":
        prorations.prorate(subscription, subscription["items"]["data"], [], period(subscription), seconds())
    if params.get("invoice_now") and prorations.pending(subscription):
        bill_change(request, subscription, seconds(), seconds(), {}, only_pending=True)
    return cancel(request, subscription)
