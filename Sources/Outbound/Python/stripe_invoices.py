"""Invoices: drafted, finalized, paid, failed."""

from altan_standin import base_url, store, token

from . import payments
from .amounts import Line, reckon
from .coupons import coupon_of, in_force
from .errors import StripeError
from .events import record
from .objects import by_id, contained, find, keep, make, seconds
from .taxes import entries

# Of the payments, by the reason of the invoice.
DESCRIPTIONS = {"subscription_create": "Subscription creation", "manual": "Payment for Invoice"}


def make_invoice(request, subscription, reason, start, end, free=False, only_pending=False):
    """A finalized invoice of a subscription: over its items for one period, and over what is pending for it; or over that
    alone."""
    customer = find("customers", subscription["customer"])
    items = [] if only_pending else subscription["items"]["data"]
    discounts = in_force(subscription["discounts"], start) if items else []
    invoice = draft(
        customer, billing_reason=reason, automatic_tax=subscription["automatic_tax"] | {"provider": None, "status": None},
        collection_method=subscription["collection_method"], currency=subscription["currency"], parent={
            "quote_details": None, "type": "subscription_details",
            "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
        },
        period_start=seconds() if reason == "subscription_create" else start,
    )  # fmt: skip
    if invoice["automatic_tax"]["enabled"]:
        # An account without registrations collects none.
        invoice["automatic_tax"] |= {"provider": "stripe", "status": "complete"}
    attach_pending(invoice, subscription["id"])
    rows = [item_row(invoice, subscription, item, start, end, free) for item in items]
    parts = fill(invoice, rows, discounts)
    use_up(subscription, discounts, parts)
    if items and not free:
        subscription["_paid"] = {item["id"]: part.discounted for item, part in zip(items, parts, strict=False)}
    record(request, "invoice.created", keep("invoices", invoice))
    return finalize(request, invoice)


def draft(customer, **fields):
    """An invoice over nothing yet."""
    invoice = make("invoices", "invoice")
    return invoice | {
        "account_country": "US", "account_name": "Emulator", "account_tax_ids": None, "amount_overpaid": 0,
        "amount_paid": 0, "amount_shipping": 0, "application": None, "attempt_count": 0, "attempted": False,
        "auto_advance": True,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None},
        "automatically_finalizes_at": None, "billing_reason": "manual", "collection_method": "charge_automatically",
        "currency": "usd", "custom_fields": None, "customer": customer["id"], "customer_address": customer["address"],
        "customer_email": customer["email"], "customer_name": customer["name"], "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"], "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [], "default_payment_method": None, "default_source": None, "default_tax_rates": [],
        "description": None, "due_date": None, "effective_at": None, "ending_balance": None, "footer": None,
        "from_invoice": None, "hosted_invoice_url": None, "invoice_pdf": None, "issuer": {"type": "self"},
        "last_finalization_error": None, "latest_revision": None, "metadata": {}, "next_payment_attempt": None,
        "number": None, "on_behalf_of": None, "parent": None,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "payments": contained(f"/v1/invoice_payments?invoice={invoice['id']}", []), "period_end": invoice["created"],
        "period_start": invoice["created"], "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0,
        "receipt_number": None, "rendering": None, "shipping_cost": None, "shipping_details": None,
        "starting_balance": customer["balance"], "statement_descriptor": None, "status": "draft",
        "status_transitions": {
            "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None,
        },
        "test_clock": None, "webhooks_delivered_at": invoice["created"],
    } | fields  # fmt: skip


def fill(invoice, rows, discounts):
    """Sets the lines, and what they come to. `rows`: (what a line costs, its other fields); after them come the invoice
    items of the invoice. Returns the lines' costs."""
    rows = [*rows, *(pending_row(item, invoice["default_tax_rates"]) for item in items_of(invoice))]
    parts = reckon([part for part, _ in rows], [coupon_of(discount) for discount in discounts])
    subtotal, total, tax = (sum(getattr(part, name) for part in parts) for name in ("amount", "total", "tax"))
    lines = [line(invoice, part, fields, discounts) for part, fields in rows]
    invoice |= {
        "amount_due": max(total, 0), "amount_remaining": max(total, 0),
        "discounts": [discount["id"] for discount in discounts],
        "lines": contained(f"/v1/invoices/{invoice['id']}/lines", lines), "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - tax + sum(part.tax_on_top for part in parts), "total": total,
        "total_discount_amounts": [
            {"amount": sum(part.discounts[index] for part in parts), "discount": discount["id"]}
            for index, discount in enumerate(discounts)
        ],
        "total_excluding_tax": total - tax, "total_pretax_credit_amounts": [],
        "total_taxes": entries([tax for part in parts for tax in part.taxes]),
    }  # fmt: skip
    return parts


def line(invoice, part, fields, discounts):
    return {
        "object": "line_item", "amount": part.amount, "currency": part.currency,
        "discount_amounts": [
            {"amount": amount, "discount": discount["id"]}
            for amount, discount in zip(part.discounts, discounts, strict=True) if part.is_discountable
        ],
        "discountable": part.is_discountable, "discounts": [], "invoice": invoice["id"], "livemode": False,
        "pretax_credit_amounts": [], "subtotal": part.amount, "taxes": entries(part.taxes), **fields,
    }  # fmt: skip


def item_row(invoice, subscription, item, start, end, free):
    """A subscription's item for a period."""
    price = find("prices", item["price"]["id"])
    product = find("products", price["product"])
    return full_price(subscription, item, free), {
        "id": f"il_{token(24, invoice['id'], item['id'])}",
        "description": f"Trial period for {product['name']}" if free else f"{item['quantity']} × {product['name']}",
        "metadata": subscription["metadata"],
        "parent": {
            "invoice_item_details": None, "type": "subscription_item_details",
            "subscription_item_details": {
                "invoice_item": None, "proration": False, "proration_details": {"credited_items": None},
                "subscription": subscription["id"], "subscription_item": item["id"],
            },
        },
        "period": {"start": start, "end": end}, "pricing": pricing(price), "quantity": item["quantity"],
    }  # fmt: skip


def full_price(subscription, item, free=False):
    """What an item costs for a period, before discounts and taxes."""
    price = item["price"]
    amount = 0 if free else (price["unit_amount"] or 0) * item["quantity"]
    return Line(amount, price["product"], price["currency"], item["tax_rates"] or subscription["default_tax_rates"])


def pricing(price):
    return {
        "price_details": {"price": price["id"], "product": price["product"]}, "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }  # fmt: skip


def use_up(subscription, discounts, parts):
    """Takes from the subscription the discounts that count once, and did."""
    for index, discount in enumerate(discounts):
        if coupon_of(discount)["duration"] == "once" and any(part.discounts[index] for part in parts):
            subscription["discounts"].remove(discount["id"])


# Invoice items


def items_of(invoice):
    return [item for item in store.all("invoiceitems") if item["invoice"] == invoice["id"]]


def attach_pending(invoice, subscription=None):
    """Takes over the customer's items that wait for an invoice: those of that subscription, and those of none."""
    for item in store.all("invoiceitems"):
        of = ((item["parent"] or {}).get("subscription_details") or {}).get("subscription")
        if item["invoice"] is None and item["customer"] == invoice["customer"] and of in (None, subscription):
            keep("invoiceitems", item | {"invoice": invoice["id"]})


def pending_row(item, common_rates):
    details = (item["parent"] or {}).get("subscription_details") or {}
    rates = item["tax_rates"] or common_rates
    part = Line(item["amount"], item["_product"], item["currency"], rates, item["discountable"])
    return part, {
        "id": f"il_{token(24, item['id'])}", "description": item["description"], "metadata": item["metadata"],
        "parent": {
            "subscription_item_details": None, "type": "invoice_item_details",
            "invoice_item_details": {
                "invoice_item": item["id"], "proration": item["proration"],
                "proration_details": {"credited_items": None}, "subscription": details.get("subscription"),
            },
        },
        "period": item["period"], "pricing": item["pricing"], "quantity": item["quantity"],
    }  # fmt: skip


# Finalized, and paid


def finalize(request, invoice):
    """From now on it does not change. The customer's balance is settled with it."""
    customer = find("customers", invoice["customer"])
    due = invoice["total"] + customer["balance"]
    number = store.count("invoices of " + customer["id"])
    invoice |= {
        "amount_due": max(due, 0), "amount_remaining": max(due, 0), "effective_at": seconds(),
        "ending_balance": min(due, 0), "starting_balance": customer["balance"],
        "hosted_invoice_url": f"{base_url()}/_emulator/thirdparty/api.stripe.com/invoices/{invoice['id']}",
        "number": f"{customer['invoice_prefix']}-{number:04}", "status": "open",
    }  # fmt: skip
    invoice["status_transitions"]["finalized_at"] = seconds()
    if invoice["ending_balance"] != customer["balance"]:
        previous = {"balance": customer["balance"]}
        customer["balance"] = invoice["ending_balance"]
        record(request, "customer.updated", keep("customers", customer), previous)
    record(request, "invoice.finalized", keep("invoices", invoice))
    return invoice


def pay(request, invoice, method, authenticated=False):
    """Collects an invoice. Returns the error of a card that is declined, None when it is paid or waits for the customer."""
    if invoice["amount_due"] == 0:
        return settle(request, invoice)
    intent = payments.new_intent({
        "amount": invoice["amount_due"], "currency": invoice["currency"], "customer": invoice["customer"],
        "payment_method": method and method["id"], "setup_future_usage": "off_session",
        "description": DESCRIPTIONS.get(invoice["billing_reason"], "Subscription update"),
    })  # fmt: skip
    keep("payment_intents", intent)
    record(request, "payment_intent.created", intent)
    invoice["payments"]["data"] = [{
        "id": f"inpay_{token(24, invoice['id'])}", "object": "invoice_payment", "amount_paid": None,
        "amount_requested": invoice["amount_due"], "created": seconds(), "currency": invoice["currency"],
        "invoice": invoice["id"], "is_default": True, "livemode": False, "status": "open",
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }]  # fmt: skip
    keep("invoices", invoice)
    if method is None:
        return None
    return attempt(request, invoice, intent, authenticated=authenticated)


def attempt(request, invoice, intent, params=None, authenticated=False):
    invoice["attempt_count"] += 1
    invoice["attempted"] = True
    try:
        intent = payments.confirm(request, intent, params, authenticated)
    except StripeError as error:
        if error.status != 402:
            raise
        invoice["next_payment_attempt"] = seconds() + 3 * 86400
        record(request, "invoice.payment_failed", keep("invoices", invoice))
        return error
    if intent["status"] == "requires_action":
        record(request, "invoice.payment_action_required", keep("invoices", invoice))
        return None
    payment = invoice["payments"]["data"][0]
    payment |= {"status": "paid", "amount_paid": invoice["amount_due"]}
    payment["status_transitions"]["paid_at"] = seconds()
    return settle(request, invoice)


def settle(request, invoice):
    invoice |= {
        "status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0, "attempted": True,
        "auto_advance": False, "next_payment_attempt": None,
    }  # fmt: skip
    invoice["status_transitions"]["paid_at"] = seconds()
    keep("invoices", invoice)
    record(request, "invoice.paid", invoice)
    record(request, "invoice.payment_succeeded", invoice)


def intent_of(invoice):
    data = (invoice.get("payments") or {}).get("data") or []
    return by_id(data[0]["payment"]["payment_intent"]) if data else None


def subscription_of(invoice):
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return details.get("subscription")
