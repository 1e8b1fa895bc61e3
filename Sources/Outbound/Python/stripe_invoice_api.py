"""The API's endpoints of invoices and invoice items."""

from altan_standin import store

from . import invoices, subscriptions
from .catalog import default_method
from .coupons import DISCOUNTS, asked, redeem
from .errors import invalid, missing, unsupported
from .events import record
from .invoices import attempt, draft, fill, finalize, intent_of, items_of, pay, pricing, settle, subscription_of
from .objects import changed, find, keep, listing, make, seconds
from .taxes import rates

CREATE = (
    "customer, collection_method, days_until_due:int, due_date:int, currency, description, footer, metadata:map, "
    "auto_advance:bool, default_payment_method, default_tax_rates:list, pending_invoice_items_behavior, custom_fields:any, "
    f"statement_descriptor, payment_settings:any, {DISCOUNTS}, expand:list, ~subscription, ~automatic_tax, "
    "~application_fee_amount, ~transfer_data, ~on_behalf_of, ~from_invoice, ~shipping_cost, ~shipping_details, ~rendering"
)
ITEM = (
    "customer, amount:int, currency, price, pricing{price}, price_data{currency!, product!, unit_amount:int, "
    "unit_amount_decimal:number, tax_behavior}, quantity:int, unit_amount:int, unit_amount_decimal:number, description, "
    "discountable:bool, invoice, subscription, metadata:map, tax_rates:list, period{start!:int, end!:int}, expand:list, "
    "~discounts, ~tax_behavior, ~tax_code"
)


def create_invoice(request, params):
    if not params.get("customer"):
        raise missing("customer")
    customer = find("customers", params["customer"], "customer")
    given = {
        name: params[name]
        for name in (
            "auto_advance", "collection_method", "custom_fields", "default_payment_method", "description", "due_date",
            "footer", "metadata", "statement_descriptor",
        )
        if params.get(name) is not None
    }  # fmt: skip
    if given.get("collection_method") == "send_invoice" and "due_date" not in given:
        if params.get("days_until_due") is None:
            raise missing("days_until_due")
        given["due_date"] = seconds() + params["days_until_due"] * 86400
    invoice = draft(
        customer, currency=(params.get("currency") or customer["currency"] or "usd").lower(),
        default_tax_rates=rates(params.get("default_tax_rates"), "default_tax_rates"),
        **{"auto_advance": False} | given,
    )  # fmt: skip
    if params.get("pending_invoice_items_behavior") == "include":
        invoices.attach_pending(invoice)
    own = items_of(invoice)
    if own and not params.get("currency"):
        invoice["currency"] = own[0]["currency"]
    discounts = [redeem(request, *wanted, customer, invoice=invoice["id"]) for wanted in asked(request, params)]
    refill(invoice, discounts)
    record(request, "invoice.created", keep("invoices", invoice))
    return invoice


def refill(invoice, discounts=None):
    """Sets the lines of a draft from its items."""
    if discounts is None:
        discounts = [store.get("discounts", id) for id in invoice["discounts"]]
    fill(invoice, [], discounts)


def drafted(id, what):
    invoice = find("invoices", id, None)
    if invoice["status"] != "draft":
        raise invalid(f"This invoice is {invoice['status']}; only drafts can be {what}.", code="invoice_not_editable")
    return invoice


def finalize_invoice(request, params):
    invoice = drafted(request.path["id"], "finalized")
    if "auto_advance" in params:
        invoice["auto_advance"] = params["auto_advance"]
    advance(request, invoice)
    return invoice


def advance(request, invoice):
    """Finalizes a draft, and collects it where Stripe does so by itself. A card that is declined leaves it open."""
    finalize(request, invoice)
    if invoice["amount_due"] == 0:
        settle(request, invoice)
    elif invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically":
        customer = find("customers", invoice["customer"])
        pay(request, invoice, default_method(customer, invoice["default_payment_method"]))


def send_invoice(request, params):
    invoice = find("invoices", request.path["id"])
    if invoice["collection_method"] != "send_invoice":
        raise invalid("You can only send invoices whose collection_method is send_invoice.")
    if invoice["status"] == "draft":
        finalize_invoice(request, {})
        invoice = find("invoices", request.path["id"])
    record(request, "invoice.sent", invoice)
    return invoice


def delete_invoice(request, params):
    invoice = drafted(request.path["id"], "deleted")
    for item in items_of(invoice):
        keep("invoiceitems", item | {"invoice": None})
    store.delete("invoices", invoice["id"])
    record(request, "invoice.deleted", invoice)
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def list_lines(request, params):
    invoice = find("invoices", request.path["id"])
    return listing(f"/v1/invoices/{invoice['id']}/lines", invoice["lines"]["data"][::-1], params)


def mark_uncollectible(request, params):
    invoice = find("invoices", request.path["id"])
    if invoice["status"] != "open":
        raise invalid(f"You can only mark open invoices as uncollectible. This invoice is {invoice['status']}.")
    invoice["status"] = "uncollectible"
    invoice["status_transitions"]["marked_uncollectible_at"] = seconds()
    record(request, "invoice.marked_uncollectible", keep("invoices", invoice))
    return invoice


# Invoice items


def create_item(request, params):
    invoice = drafted(params["invoice"], "added to") if params.get("invoice") else None
    id = params.get("customer") or (invoice and invoice["customer"])
    if not id:
        raise missing("customer")
    customer = find("customers", id, "customer")
    if params.get("subscription"):
        find("subscriptions", params["subscription"], "subscription")
    price = item_price(request, params)
    quantity = 1 if params.get("quantity") is None else params["quantity"]
    unit = price["unit_amount"] if price else params.get("unit_amount", params.get("amount"))
    if unit is None and params.get("unit_amount_decimal") is not None:
        raise unsupported("the parameter unit_amount_decimal")
    if unit is None:
        raise missing("amount")
    if price is None and not (params.get("currency") or invoice):
        raise missing("currency")
    item = new_item(
        customer, unit * quantity, price["currency"] if price else (params.get("currency") or invoice["currency"]).lower(),
        product=price and price["product"], pricing=price and pricing(price), quantity=quantity,
        description=params.get("description") or product_name(price), discountable=params.get("discountable", True),
        invoice=invoice and invoice["id"], metadata=params.get("metadata", {}), period=params.get("period"),
        subscription=params.get("subscription"), tax_rates=rates(params.get("tax_rates"), "tax_rates"),
    )  # fmt: skip
    record(request, "invoiceitem.created", item)
    refill_of(item)
    return item


def item_price(request, params):
    id = params.get("price") or (params.get("pricing") or {}).get("price")
    if params.get("price_data"):
        from .catalog import create_price

        return create_price(request, dict(params["price_data"]))
    return find("prices", id, "price") if id else None


def product_name(price):
    return price and (store.get("products", price["product"]) or {}).get("name")


def new_item(customer, amount, currency, **fields):
    subscription = fields.pop("subscription", None)
    moment = seconds()
    product = fields.pop("product", None)
    item = make(
        "invoiceitems", "invoiceitem", amount=amount, currency=currency, customer=customer["id"], customer_account=None,
        date=moment, discounts=[], net_amount=amount, parent=subscription and {
            "type": "subscription_details", "subscription_details": {"subscription": subscription},
        }, proration=False, test_clock=None, **fields,
    )  # fmt: skip
    item["period"] = item.get("period") or {"start": moment, "end": moment}
    return keep(
        "invoiceitems", {name: value for name, value in item.items() if name != "created"} | {"_product": product}
    )


def refill_of(item):
    """Brings the draft that an item belongs to up to date."""
    if item["invoice"]:
        invoice = find("invoices", item["invoice"])
        refill(invoice)
        keep("invoices", invoice)


def open_item(request):
    item = find("invoiceitems", request.path["id"])
    if item["invoice"]:
        drafted(item["invoice"], "changed")
    return item


def update_item(request, params):
    item = open_item(request)
    if "amount" in params:
        params["net_amount"] = params["amount"]
    changed(item, params, "amount", "net_amount", "description", "discountable", "period")
    keep("invoiceitems", item)
    refill_of(item)
    return item


def delete_item(request, params):
    item = open_item(request)
    store.delete("invoiceitems", item["id"])
    refill_of(item)
    record(request, "invoiceitem.deleted", item)
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}


def list_items(request, params):
    found = [
        item for item in store.all("invoiceitems")
        if params.get("customer") in (None, item["customer"]) and params.get("invoice") in (None, item["invoice"])
        and params.get("pending") in (None, item["invoice"] is None)
    ]  # fmt: skip
    return listing("/v1/invoiceitems", [item | {"created": item["date"]} for item in found], params)


# Invoices


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
    invoice = find("invoices", request.path["id"])
    if invoice["status"] == "draft":
        finalize_invoice(request, {})
        invoice = find("invoices", request.path["id"])
        if invoice["status"] == "paid":
            return invoice
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
        subscriptions.paid(request, find("subscriptions", subscription_of(invoice)))
    return invoice


def void_invoice(request, params):
    invoice = find("invoices", request.path["id"])
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only void open or uncollectible invoices. This invoice is {invoice['status']}.")
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = seconds()
    record(request, "invoice.voided", keep("invoices", invoice))
    return invoice
