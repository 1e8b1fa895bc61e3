"""Subscriptions: made, renewed as the emulator's clock goes on, canceled."""

from altan_standin import new_id, store

from .calendar_time import add
from .catalog import create_price, default_method
from .coupons import DISCOUNTS, asked, check_code, redeem
from .errors import invalid, missing, unsupported
from .events import record
from .invoices import make_invoice, pay
from .objects import LENGTHS, contained, find, keep, listing, make, seconds
from .taxes import check_location, rates

ITEM = "price, price_data{currency!, product!, recurring{interval!, interval_count:int}!, unit_amount:int, unit_amount_decimal:number, tax_behavior}, quantity:int, metadata:map, tax_rates:list, ~plan, ~discounts, ~billing_thresholds"
COMMON = (
    "metadata:map, default_payment_method, trial_end, cancel_at_period_end:bool, cancel_at, payment_behavior, "
    "proration_behavior, collection_method, days_until_due:int, description, automatic_tax{enabled:bool, liability:any}, "
    "payment_settings:any, trial_settings:any, off_session:bool, expand:list, billing_cycle_anchor, billing_mode:any, "
    f"{DISCOUNTS}, coupon, promotion_code, default_tax_rates:list, ~add_invoice_items, ~application_fee_percent, "
    "~transfer_data, ~on_behalf_of, ~pending_invoice_item_interval, invoice_settings:any"
)  # fmt: skip
CREATE = f"customer!, items[{ITEM}], trial_period_days:int, trial_from_plan:bool, {COMMON}"
LIVE = ("active", "trialing", "past_due")


def create_subscription(request, params):
    customer = find("customers", params["customer"], "customer")
    if not params.get("items"):
        raise missing("items")
    needs_method = params.get("collection_method") != "send_invoice"
    method = default_method(customer, params.get("default_payment_method"))
    trial = trial_end(params, seconds())
    behavior = params.get("payment_behavior") or "allow_incomplete"
    refuse_unknown(params)
    prices = [price_of(request, item, f"items[{index}]") for index, item in enumerate(params["items"])]
    free = trial or sum((price["unit_amount"] or 0) for price in prices) == 0
    check_location(params, customer)
    discounts = discounts_of(request, customer, params, prices)
    if needs_method and method is None and behavior != "default_incomplete" and not free:
        raise invalid(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/"
            "payment-methods-setting#payment-method-priority.", code="resource_missing",
        )  # fmt: skip
    subscription = new_subscription(request, customer, params, prices, trial, discounts)
    error = start(request, subscription, method if behavior != "default_incomplete" else None)
    if error is not None and behavior == "error_if_incomplete":
        error.keeps_changes = False
        raise error
    return subscription


def refuse_unknown(params):
    """What would change the first period, or wait for a payment before it changes anything."""
    if params.get("billing_cycle_anchor") not in (None, "now", "unchanged"):
        raise unsupported("billing_cycle_anchor at a moment of its own")
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise unsupported("payment_behavior=pending_if_incomplete")
    behavior = (params.get("pause_collection") or {}).get("behavior")
    if behavior == "keep_as_draft":
        raise unsupported("pause_collection[behavior]=keep_as_draft")
    if behavior not in (None, "mark_uncollectible", "void"):
        raise invalid(
            "Invalid pause_collection[behavior]: must be one of keep_as_draft, mark_uncollectible, or void",
            "pause_collection[behavior]",
        )  # fmt: skip
    if params.get("trial_from_plan"):
        raise unsupported("trial_from_plan=true")


def discounts_of(request, customer, params, prices):
    """The (coupon, promotion code) that a subscription is to have, checked."""
    discounts = asked(request, params)
    items = zip(prices, params["items"], strict=True)
    amount = sum((price["unit_amount"] or 0) * (item.get("quantity") or 1) for price, item in items)
    for _, promotion in discounts:
        if promotion is not None:
            check_code(promotion, customer, amount, prices[0]["currency"])
    return discounts


def price_of(request, item, param):
    if item.get("price_data"):
        return create_price(request, dict(item["price_data"]))
    if not item.get("price"):
        raise missing(f"{param}[price]")
    price = find("prices", item["price"], f"{param}[price]")
    if price["type"] != "recurring":
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            f"{param}[price]",
        )  # fmt: skip
    if not price["active"]:
        raise invalid("The price specified is inactive. This field only accepts active prices.", f"{param}[price]")
    return price


def trial_end(params, start):
    """When the trial ends; None without one."""
    days, end = params.get("trial_period_days"), params.get("trial_end")
    if days is not None and not 1 <= days <= 730:
        raise invalid("Invalid trial_period_days: must be between 1 and 730", "trial_period_days")
    if days:
        return start + days * 86400
    if end in (None, "now"):
        return None
    if int(end) <= start:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end")
    return int(end)


def new_subscription(request, customer, params, prices, trial, discounts=()):
    moment = seconds()
    settings = params.get("payment_settings") or {}
    subscription = make(
        "subscriptions", "subscription",
        application=None, application_fee_percent=None,
        automatic_tax=automatic(params),
        billing_cycle_anchor=trial or moment, billing_cycle_anchor_config=None,
        billing_mode={"type": "flexible", "flexible": {"proration_discounts": "included"}},
        billing_thresholds=None, cancel_at=None, cancel_at_period_end=bool(params.get("cancel_at_period_end")),
        canceled_at=None, cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method=params.get("collection_method") or "charge_automatically", currency=prices[0]["currency"],
        customer=customer["id"], customer_account=None, days_until_due=params.get("days_until_due"),
        default_payment_method=params.get("default_payment_method"), default_source=None,
        default_tax_rates=rates(params.get("default_tax_rates"), "default_tax_rates"),
        description=params.get("description"), discounts=[], ended_at=None,
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}}, latest_invoice=None,
        metadata=params.get("metadata", {}), next_pending_invoice_item_invoice=None, on_behalf_of=None,
        pause_collection=None,
        payment_settings={
            "payment_method_options": settings.get("payment_method_options"),
            "payment_method_types": settings.get("payment_method_types"),
            "save_default_payment_method": settings.get("save_default_payment_method", "off"),
        },
        pending_invoice_item_interval=None, pending_setup_intent=None, pending_update=None, schedule=None,
        start_date=moment, status="incomplete", test_clock=None, transfer_data=None, trial_end=trial,
        trial_settings=params.get("trial_settings") or {"end_behavior": {"missing_payment_method": "create_invoice"}},
        trial_start=moment if trial else None,
    )  # fmt: skip
    items = [
        new_item(subscription, price, item.get("quantity", 1), item.get("metadata"), item.get("tax_rates"))
        for price, item in zip(prices, params["items"], strict=True)
    ]
    subscription["items"] = contained(f"/v1/subscription_items?subscription={subscription['id']}", items)
    recurring = prices[0]["recurring"]
    end = trial or add(moment, recurring["interval"], recurring["interval_count"])
    set_period(subscription, moment, end)
    if params.get("cancel_at"):
        subscription["cancel_at"] = int(params["cancel_at"])
    give(request, subscription, customer, discounts)
    return subscription


def give(request, subscription, customer, discounts):
    """Sets the discounts: new ones of (coupon, promotion code), and ids of those that stay."""
    subscription["discounts"] = [
        discount if isinstance(discount, str)
        else redeem(request, *discount, customer, subscription=subscription["id"])["id"]
        for discount in discounts
    ]  # fmt: skip


def automatic(params):
    """`automatic_tax` of a subscription. An account without registrations collects none."""
    enabled = (params.get("automatic_tax") or {}).get("enabled", False)
    return {"disabled_reason": None, "enabled": enabled, "liability": {"type": "self"} if enabled else None}


def new_item(subscription, price, quantity, metadata=None, tax_rates=None):
    return {
        "id": new_id("si_", LENGTHS["subscription_items"]), "object": "subscription_item", "billing_thresholds": None,
        "created": seconds(), "discounts": [], "metadata": metadata or {}, "plan": plan_of(price), "price": price,
        "quantity": 1 if quantity is None else quantity, "subscription": subscription["id"],
        "tax_rates": rates(tax_rates, "items[tax_rates]"),
    }  # fmt: skip


def plan_of(price):
    """The plan that every recurring price also is."""
    recurring = price["recurring"]
    return {
        "id": price["id"], "object": "plan", "active": price["active"], "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"], "billing_scheme": "per_unit", "created": price["created"],
        "currency": price["currency"], "interval": recurring["interval"],
        "interval_count": recurring["interval_count"], "livemode": False, "metadata": price["metadata"], "meter": None,
        "nickname": price["nickname"], "product": price["product"], "tiers_mode": None, "transform_usage": None,
        "trial_period_days": None, "usage_type": recurring["usage_type"],
    }  # fmt: skip


def set_period(subscription, start, end):
    for item in subscription["items"]["data"]:
        item |= {"current_period_start": start, "current_period_end": end}


def period(subscription):
    item = subscription["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def start(request, subscription, method, authenticated=False):
    """The first invoice. Returns the error of a card that was declined."""
    free = subscription["trial_end"] is not None
    begin, end = period(subscription)
    keep("subscriptions", subscription)
    invoice = make_invoice(request, subscription, "subscription_create", begin, end, free)
    subscription["latest_invoice"] = invoice["id"]
    if free:
        subscription["status"] = "trialing"
    elif subscription["collection_method"] == "send_invoice":
        subscription["status"] = "active"
    elif invoice["amount_due"] == 0:
        subscription["status"] = "active"
    keep("subscriptions", subscription)
    error = None
    # Stripe tells of the subscription as it is when the payment was tried.
    if subscription["collection_method"] != "send_invoice" or invoice["amount_due"] == 0:
        error = pay(request, invoice, method, authenticated)
    if invoice["status"] == "paid" and subscription["status"] == "incomplete":
        subscription["status"] = "active"
        if subscription["payment_settings"]["save_default_payment_method"] == "on_subscription" and method:
            subscription["default_payment_method"] = method["id"]
    keep("subscriptions", subscription)
    record(request, "customer.subscription.created", subscription)
    return error


def paid(request, subscription):
    """An open invoice of it was paid."""
    if subscription["status"] in ("incomplete", "past_due", "unpaid"):
        previous = {"status": subscription["status"]}
        subscription["status"] = "active"
        record(request, "customer.subscription.updated", keep("subscriptions", subscription), previous)


def following(subscription):
    """The period after the present one."""
    _, end = period(subscription)
    recurring = subscription["items"]["data"][0]["price"]["recurring"]
    return end, add(end, recurring["interval"], recurring["interval_count"], subscription["billing_cycle_anchor"])


def cancel(request, subscription, reason="cancellation_requested"):
    moment = seconds()
    subscription |= {"status": "canceled", "canceled_at": subscription["canceled_at"] or moment, "ended_at": moment}
    subscription["cancellation_details"]["reason"] = reason
    record(request, "customer.subscription.deleted", keep("subscriptions", subscription))
    return subscription


def list_subscriptions(request, params):
    status = params.get("status")

    def wanted(subscription):
        if status == "all":
            return True
        if status == "ended":
            return subscription["status"] in ("canceled", "incomplete_expired")
        if status:
            return subscription["status"] == status
        return subscription["status"] != "canceled"

    found = [
        subscription for subscription in store.all("subscriptions")
        if wanted(subscription) and params.get("customer") in (None, subscription["customer"])
        and params.get("price") in (None, *(item["price"]["id"] for item in subscription["items"]["data"]))
    ]  # fmt: skip
    return listing("/v1/subscriptions", found, params)


# The clock


def renew(request, subscription):
    """The period is over: the next one, or the end."""
    _, end = period(subscription)
    if subscription["cancel_at_period_end"]:
        return cancel(request, subscription)
    end, then = following(subscription)
    before = {"latest_invoice": subscription["latest_invoice"], "status": subscription["status"]}
    before["items"] = {"data": [dict(item) for item in subscription["items"]["data"]]}
    set_period(subscription, end, then)
    invoice = make_invoice(request, subscription, "subscription_cycle", end, then)
    subscription["latest_invoice"] = invoice["id"]
    if subscription["pause_collection"]:
        paused(request, invoice, subscription["pause_collection"]["behavior"])
        subscription["status"] = "active"
        record(request, "customer.subscription.updated", keep("subscriptions", subscription), before)
        return subscription
    customer = find("customers", subscription["customer"])
    method = default_method(customer, subscription["default_payment_method"])
    error = pay(request, invoice, method, authenticated=True)
    subscription["status"] = "past_due" if error is not None or invoice["status"] != "paid" else "active"
    if before["status"] == subscription["status"]:
        del before["status"]
    record(request, "customer.subscription.updated", keep("subscriptions", subscription), before)
    return subscription


def paused(request, invoice, behavior):
    """Nothing is collected while that is paused."""
    invoice |= {"auto_advance": False, "status": "void" if behavior == "void" else "uncollectible"}
    keep("invoices", invoice)
    record(request, "invoice.voided" if behavior == "void" else "invoice.marked_uncollectible", invoice)


def due(moment):
    """Subscriptions whose period, or life, is over."""
    for subscription in store.all("subscriptions"):
        if subscription["status"] in LIVE:
            end = period(subscription)[1]
            if subscription["cancel_at"] and not subscription["cancel_at_period_end"]:
                end = min(end, subscription["cancel_at"])
            if end <= moment:
                yield subscription
