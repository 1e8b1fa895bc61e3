"""Invoices of subscriptions: made, paid, failed."""

from altan_standin import base_url, store, token

from . import payments
from .catalog import default_method
from .errors import StripeError, invalid
from .events import record
from .objects import by_id, changed, contained, find, keep, listing, make, seconds


def make_invoice(request, subscription, reason, start, end, free=False):
    """A finalized invoice over a subscription's items for one period."""
    customer = find("customers", subscription["customer"])
    invoice = make("invoices", "invoice")
    lines = [line(invoice, subscription, item, start, end, free) for item in subscription["items"]["data"]]
    total = sum(entry["amount"] for entry in lines)
    number = store.count("invoices of " + customer["id"])
    invoice |= {
        "account_country": "US", "account_name": "Emulator", "account_tax_ids": None, "amount_due": total,
        "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": total, "amount_shipping": 0, "application": None,
        "attempt_count": 0, "attempted": False, "auto_advance": True,
        "automatic_tax": subscription["automatic_tax"] | {"status": "complete" if subscription["automatic_tax"]["enabled"] else None},
        "automatically_finalizes_at": None, "billing_reason": reason,
        "collection_method": subscription["collection_method"], "currency": subscription["currency"],
        "custom_fields": None, "customer": customer["id"], "customer_address": customer["address"],
        "customer_email": customer["email"], "customer_name": customer["name"], "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"], "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [], "default_payment_method": None, "default_source": None, "default_tax_rates": [],
        "description": None, "discounts": [], "due_date": None, "effective_at": invoice["created"],
        "ending_balance": 0, "footer": None, "from_invoice": None,
        "hosted_invoice_url": f"{base_url()}/_emulator/thirdparty/api.stripe.com/invoices/{invoice['id']}",
        "invoice_pdf": None, "issuer": {"type": "self"}, "last_finalization_error": None, "latest_revision": None,
        "lines": contained(f"/v1/invoices/{invoice['id']}/lines", lines), "metadata": {}, "next_payment_attempt": None,
        "number": f"{customer['invoice_prefix']}-{number:04}", "on_behalf_of": None,
        "parent": {
            "quote_details": None, "type": "subscription_details",
            "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
        },
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "payments": contained(f"/v1/invoice_payments?invoice={invoice['id']}", []),
        "period_end": invoice["created"], "period_start": invoice["created"] if reason == "subscription_create" else start,
        "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0, "receipt_number": None,
        "rendering": None, "shipping_cost": None, "shipping_details": None, "starting_balance": 0,
        "statement_descriptor": None, "status": "open",
        "status_transitions": {
            "finalized_at": invoice["created"], "marked_uncollectible_at": None, "paid_at": None, "voided_at": None,
        },
        "subtotal": total, "subtotal_excluding_tax": total, "test_clock": None, "total": total,
        "total_discount_amounts": [], "total_excluding_tax": total, "total_pretax_credit_amounts": [],
        "total_taxes": [], "webhooks_delivered_at": invoice["created"],
    }  # fmt: skip
    keep("invoices", invoice)
    record(request, "invoice.created", invoice)
    record(request, "invoice.finalized", invoice)
    return invoice


def line(invoice, subscription, item, start, end, free):
    price = find("prices", item["price"]["id"])
    amount = 0 if free else (price["unit_amount"] or 0) * item["quantity"]
    product = find("products", price["product"])
    return {
        "id": f"il_{token(24, invoice['id'], item['id'])}", "object": "line_item", "amount": amount,
        "currency": price["currency"],
        "description": f"Trial period for {product['name']}" if free else f"{item['quantity']} × {product['name']}",
        "discount_amounts": [], "discountable": True, "discounts": [], "invoice": invoice["id"], "livemode": False,
        "metadata": subscription["metadata"],
        "parent": {
            "invoice_item_details": None, "type": "subscription_item_details",
            "subscription_item_details": {
                "invoice_item": None, "proration": False, "proration_details": {"credited_items": None},
                "subscription": subscription["id"], "subscription_item": item["id"],
            },
        },
        "period": {"start": start, "end": end}, "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]}, "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"], "subtotal": amount, "taxes": [],
    }  # fmt: skip


def pay(request, invoice, method, authenticated=False):
    """Collects an invoice. Returns the error of a card that is declined, None when it is paid or waits for the customer."""
    if invoice["amount_due"] == 0:
        return settle(request, invoice)
    intent = payments.new_intent({
        "amount": invoice["amount_due"], "currency": invoice["currency"], "customer": invoice["customer"],
        "payment_method": method and method["id"], "setup_future_usage": "off_session",
        "description": "Subscription creation" if invoice["billing_reason"] == "subscription_create" else "Subscription update",
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


# Endpoints


def list_invoices(request, params):
    found = [
        invoice for invoice in store.all("invoices")
        if params.get("customer") in (None, invoice["customer"]) and params.get("status") in (None, invoice["status"])
        and params.get("subscription") in (None, subscription_of(invoice))
    ]  # fmt: skip
    return listing("/v1/invoices", found, params)


def update_invoice(request, params):
    invoice = find("invoices", request.path["id"])
    previous = changed(invoice, params, "description", "footer")
    if previous:
        record(request, "invoice.updated", keep("invoices", invoice), previous)
    return invoice


def pay_invoice(request, params):
    from .subscriptions import paid

    invoice = find("invoices", request.path["id"])
    if invoice["status"] != "open":
        raise invalid(
            "Invoice is already paid" if invoice["status"] == "paid" else "This invoice can no longer be paid."
        )
    customer = find("customers", invoice["customer"])
    method = default_method(customer, params.get("payment_method"))
    if method is None and not params.get("paid_out_of_band"):
        raise invalid(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method.", code="resource_missing",
        )  # fmt: skip
    intent = intent_of(invoice)
    if params.get("paid_out_of_band"):
        settle(request, invoice)
    else:
        error = (
            pay(request, invoice, method) if intent is None or intent["status"] == "canceled"
            else attempt(request, invoice, intent, {"payment_method": method["id"]})
        )  # fmt: skip
        if error is not None:
            raise error
    if subscription_of(invoice) and invoice["status"] == "paid":
        paid(request, find("subscriptions", subscription_of(invoice)))
    return invoice


def void_invoice(request, params):
    invoice = find("invoices", request.path["id"])
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only void open or uncollectible invoices. This invoice is {invoice['status']}.")
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = seconds()
    record(request, "invoice.voided", keep("invoices", invoice))
    return invoice
