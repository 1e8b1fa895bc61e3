"""Every endpoint that is emulated: method, path, handler, parameters (the grammar is in `forms`)."""

import re
from collections import defaultdict

from altan_standin import store

from . import (
    catalog,
    checkout,
    coupons,
    events,
    invoice_api,
    payments,
    portal,
    previews,
    search,
    subscription_changes,
    subscription_items,
    subscriptions,
    taxes,
)  # fmt: skip
from .objects import LIST_FIELDS, changed, find, keep

NONE = "expand:list"


def get(collection):
    return lambda request, params: find(collection, request.path["id"])


def update_metadata(collection, *fields):
    def run(request, params):
        object = find(collection, request.path["id"])
        changed(object, params, *fields)
        return keep(collection, object)

    return run


def balance(request, params):
    amount = sum(
        charge["amount_captured"] - charge["amount_refunded"] for charge in store.all("charges") if charge["paid"]
    )
    entry = {"amount": amount, "currency": "usd", "source_types": {"card": amount}}
    return {"object": "balance", "available": [entry], "pending": [], "livemode": False}


def account(request, params):
    return {
        "id": "acct_emulator", "object": "account", "business_type": "company", "charges_enabled": True, "country": "US",
        "default_currency": "usd", "details_submitted": True, "email": "owner@example.com", "payouts_enabled": True,
        "type": "standard", "settings": {"dashboard": {"display_name": "Emulator"}},
    }  # fmt: skip


META = "metadata:map, expand:list"
TABLE = [
    ("POST", "/v1/products", catalog.create_product,
     f"id, name!, default_price_data{{{catalog.PRICE}, metadata:map}}, {catalog.PRODUCT}, type"),
    ("GET", "/v1/products", catalog.list_products, f"active:bool, ids:list, url, shippable:bool, {LIST_FIELDS}"),
    ("GET", "/v1/products/{id}", get("products"), NONE),
    ("POST", "/v1/products/{id}", catalog.update_product, f"name, default_price, {catalog.PRODUCT}"),
    ("DELETE", "/v1/products/{id}", catalog.delete_product, ""),
    ("POST", "/v1/prices", catalog.create_price,
     f"{catalog.PRICE}, active:bool, nickname, lookup_key, transfer_lookup_key:bool, metadata:map, billing_scheme, "
     f"product_data{{name!, id, active:bool, metadata:map, statement_descriptor, tax_code, unit_label}}, expand:list, "
     f"~tiers, ~tiers_mode, ~transform_quantity, ~currency_options, ~custom_unit_amount"),
    ("GET", "/v1/prices", catalog.list_prices,
     f"active:bool, currency, product, type, lookup_keys:list, recurring{{interval, usage_type, meter}}, {LIST_FIELDS}"),
    ("GET", "/v1/prices/{id}", get("prices"), NONE),
    ("POST", "/v1/prices/{id}", catalog.update_price,
     "active:bool, nickname, lookup_key, transfer_lookup_key:bool, metadata:map, tax_behavior, expand:list, ~currency_options"),
    ("POST", "/v1/customers", catalog.create_customer, catalog.CUSTOMER),
    ("GET", "/v1/customers", catalog.list_customers, f"email, ~test_clock, {LIST_FIELDS}"),
    ("GET", "/v1/customers/{id}", get("customers"), NONE),
    ("POST", "/v1/customers/{id}", catalog.update_customer, catalog.CUSTOMER),
    ("DELETE", "/v1/customers/{id}", catalog.delete_customer, ""),
    ("GET", "/v1/customers/{customer}/payment_methods", catalog.list_payment_methods, f"type, {LIST_FIELDS}"),
    ("POST", "/v1/payment_methods", catalog.create_payment_method,
     "type!, card{number, exp_month:int, exp_year:int, cvc, token}, billing_details{address:any, email, name, phone}, "
     "metadata:map, expand:list, allow_redisplay, ~customer, ~payment_method"),
    ("GET", "/v1/payment_methods", catalog.list_payment_methods, f"customer, type, {LIST_FIELDS}"),
    ("GET", "/v1/payment_methods/{id}", lambda request, _: catalog.payment_method(request.path["id"], None), NONE),
    ("POST", "/v1/payment_methods/{id}", update_metadata("payment_methods", "billing_details"),
     f"billing_details:any, {META}"),
    ("POST", "/v1/payment_methods/{id}/attach", catalog.attach_payment_method, "customer!, expand:list"),
    ("POST", "/v1/payment_methods/{id}/detach", catalog.detach_payment_method, NONE),
    ("POST", "/v1/checkout/sessions", checkout.create_session, checkout.CREATE),
    ("GET", "/v1/checkout/sessions", checkout.list_sessions,
     f"customer, payment_intent, subscription, status, customer_details:any, payment_link, {LIST_FIELDS}"),
    ("GET", "/v1/checkout/sessions/{id}", get("sessions"), NONE),
    ("POST", "/v1/checkout/sessions/{id}", checkout.update_session, META),
    ("GET", "/v1/checkout/sessions/{id}/line_items", checkout.list_line_items, LIST_FIELDS),
    ("POST", "/v1/checkout/sessions/{id}/expire", checkout.expire_session, NONE),
    ("POST", "/v1/subscriptions", subscriptions.create_subscription, subscriptions.CREATE),
    ("GET", "/v1/subscriptions", subscriptions.list_subscriptions,
     f"customer, price, status, collection_method, current_period_end:any, current_period_start:any, ~plan, {LIST_FIELDS}"),
    ("GET", "/v1/subscriptions/{id}", get("subscriptions"), NONE),
    ("POST", "/v1/subscriptions/{id}", subscription_changes.update_subscription, subscription_changes.UPDATE),
    ("DELETE", "/v1/subscriptions/{id}", subscription_changes.cancel_subscription,
     "invoice_now:bool, prorate:bool, cancellation_details{comment, feedback}, expand:list"),
    ("DELETE", "/v1/subscriptions/{id}/discount", subscription_changes.delete_discount, ""),
    ("POST", "/v1/coupons", coupons.create_coupon, coupons.COUPON),
    ("GET", "/v1/coupons", coupons.list_coupons, LIST_FIELDS),
    ("GET", "/v1/coupons/{id}", coupons.get_coupon, NONE),
    ("POST", "/v1/coupons/{id}", coupons.update_coupon, f"name, {META}, ~currency_options"),
    ("DELETE", "/v1/coupons/{id}", coupons.delete_coupon, ""),
    ("POST", "/v1/promotion_codes", coupons.create_code, coupons.PROMOTION_CODE),
    ("GET", "/v1/promotion_codes", coupons.list_codes, f"active:bool, code, coupon, customer, {LIST_FIELDS}"),
    ("GET", "/v1/promotion_codes/{id}", get("promotion_codes"), NONE),
    ("POST", "/v1/promotion_codes/{id}", coupons.update_code, f"active:bool, {META}, ~restrictions"),
    ("POST", "/v1/tax_rates", taxes.create_rate, taxes.CREATE),
    ("GET", "/v1/tax_rates", taxes.list_rates, f"active:bool, inclusive:bool, {LIST_FIELDS}"),
    ("GET", "/v1/tax_rates/{id}", get("tax_rates"), NONE),
    ("POST", "/v1/tax_rates/{id}", taxes.update_rate, taxes.RATE),
    ("GET", "/v1/subscription_items", subscription_items.list_items, f"subscription!, {LIST_FIELDS}"),
    ("POST", "/v1/subscription_items", subscription_items.create, subscription_items.CREATE),
    ("GET", "/v1/subscription_items/{id}", subscription_items.get, NONE),
    ("POST", "/v1/subscription_items/{id}", subscription_items.update, subscription_items.UPDATE),
    ("DELETE", "/v1/subscription_items/{id}", subscription_items.delete, subscription_items.DELETE),
    ("POST", "/v1/invoices", invoice_api.create_invoice, invoice_api.CREATE),
    ("GET", "/v1/invoices", invoice_api.list_invoices,
     f"customer, status, subscription, collection_method, due_date:any, {LIST_FIELDS}"),
    ("POST", "/v1/invoices/create_preview", previews.preview, previews.UPCOMING),
    ("GET", "/v1/invoices/upcoming", previews.preview, previews.UPCOMING),
    ("GET", "/v1/invoices/{id}", get("invoices"), NONE),
    ("DELETE", "/v1/invoices/{id}", invoice_api.delete_invoice, ""),
    ("GET", "/v1/invoices/{id}/lines", invoice_api.list_lines, LIST_FIELDS),
    ("POST", "/v1/invoices/{id}", invoice_api.update_invoice, f"description, footer, auto_advance:bool, {META}"),
    ("POST", "/v1/invoices/{id}/pay", invoice_api.pay_invoice,
     "payment_method, paid_out_of_band:bool, off_session:bool, forgive:bool, expand:list, ~source, ~mandate"),
    ("POST", "/v1/invoices/{id}/void", invoice_api.void_invoice, NONE),
    ("POST", "/v1/invoices/{id}/finalize", invoice_api.finalize_invoice, "auto_advance:bool, expand:list"),
    ("POST", "/v1/invoices/{id}/send", invoice_api.send_invoice, NONE),
    ("POST", "/v1/invoices/{id}/mark_uncollectible", invoice_api.mark_uncollectible, NONE),
    ("POST", "/v1/invoiceitems", invoice_api.create_item, invoice_api.ITEM),
    ("GET", "/v1/invoiceitems", invoice_api.list_items, f"customer, invoice, pending:bool, {LIST_FIELDS}"),
    ("GET", "/v1/invoiceitems/{id}", get("invoiceitems"), NONE),
    ("POST", "/v1/invoiceitems/{id}", invoice_api.update_item,
     f"amount:int, description, discountable:bool, period{{start!:int, end!:int}}, {META}, ~price, ~pricing, ~quantity, "
     "~tax_rates, ~discounts, ~unit_amount_decimal"),
    ("DELETE", "/v1/invoiceitems/{id}", invoice_api.delete_item, ""),
    ("POST", "/v1/payment_intents", payments.create_intent, payments.CREATE_INTENT),
    ("GET", "/v1/payment_intents", payments.list_of("payment_intents", "/v1/payment_intents", "customer"),
     f"customer, {LIST_FIELDS}"),
    ("GET", "/v1/payment_intents/{id}", get("payment_intents"), f"client_secret, {NONE}"),
    ("POST", "/v1/payment_intents/{id}", payments.update_intent, payments.INTENT),
    ("POST", "/v1/payment_intents/{id}/confirm", payments.confirm_intent,
     "payment_method, return_url, off_session, setup_future_usage, receipt_email, shipping:any, capture_method, "
     "payment_method_options:any, payment_method_types:list, error_on_requires_action:bool, use_stripe_sdk:bool, "
     "expand:list, ~confirmation_token, ~mandate_data, ~payment_method_data"),
    ("POST", "/v1/payment_intents/{id}/capture", payments.capture_intent,
     f"amount_to_capture:int, statement_descriptor, {META}"),
    ("POST", "/v1/payment_intents/{id}/cancel", payments.cancel_intent, "cancellation_reason, expand:list"),
    ("GET", "/v1/setup_intents", payments.list_of("setup_intents", "/v1/setup_intents", "customer", "payment_method"),
     f"customer, payment_method, {LIST_FIELDS}"),
    ("POST", "/v1/setup_intents", payments.create_setup_intent,
     "customer, payment_method, payment_method_types:list, usage, confirm:bool, description, return_url, "
     "automatic_payment_methods:any, metadata:map, expand:list, ~payment_method_data, ~mandate_data"),
    ("GET", "/v1/setup_intents/{id}", get("setup_intents"), NONE),
    ("POST", "/v1/setup_intents/{id}/confirm", payments.confirm_setup_intent, "payment_method, return_url, expand:list"),
    ("GET", "/v1/charges", payments.list_of("charges", "/v1/charges", "customer", "payment_intent"),
     f"customer, payment_intent, {LIST_FIELDS}"),
    ("GET", "/v1/charges/{id}", get("charges"), NONE),
    ("POST", "/v1/charges/{id}", update_metadata("charges", "description", "receipt_email"),
     f"description, receipt_email, {META}, ~shipping, ~fraud_details, ~transfer_group"),
    ("POST", "/v1/refunds", payments.create_refund, f"charge, payment_intent, amount:int, reason, {META}"),
    ("GET", "/v1/refunds", payments.list_of("refunds", "/v1/refunds", "charge", "payment_intent"),
     f"charge, payment_intent, {LIST_FIELDS}"),
    ("GET", "/v1/refunds/{id}", get("refunds"), NONE),
    ("POST", "/v1/refunds/{id}", update_metadata("refunds"), META),
    ("POST", "/v1/billing_portal/sessions", portal.create_session,
     "customer!, return_url, configuration, locale, flow_data:any, expand:list, ~on_behalf_of"),
    ("GET", "/v1/events", events.list_events, f"type, types:list, delivery_success:bool, {LIST_FIELDS}"),
    ("GET", "/v1/events/{id}", get("events"), NONE),
    ("POST", "/v1/webhook_endpoints", events.create_endpoint,
     "url!, enabled_events!:list, api_version, description, metadata:map, connect:bool, expand:list"),
    ("GET", "/v1/webhook_endpoints", payments.list_of("webhook_endpoints", "/v1/webhook_endpoints"), LIST_FIELDS),
    ("GET", "/v1/webhook_endpoints/{id}", get("webhook_endpoints"), NONE),
    ("POST", "/v1/webhook_endpoints/{id}", events.update_endpoint,
     "url, enabled_events:list, description, disabled:bool, metadata:map, expand:list"),
    ("DELETE", "/v1/webhook_endpoints/{id}", events.delete_endpoint, ""),
    ("GET", "/v1/balance", balance, NONE),
    ("GET", "/v1/account", account, NONE),
]  # fmt: skip

SEARCHES = [
    ("GET", f"/v1/{collection}/search", search.endpoint(collection), "query!, limit:int, page, expand:list")
    for collection in search.FIELDS
]
# By method, as patterns. Names before ids: `/v1/customers/search` is no customer.
ROUTES = defaultdict(list)
for method, path, handler, grammar in SEARCHES + TABLE:
    ROUTES[method].append((re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), handler, grammar))
