"""Products, prices, customers and their payment methods."""

from altan_standin import store, token

from .cards import card_of
from .errors import invalid, missing, no_such
from .events import record
from .objects import changed, find, keep, listing, make

ADDRESS = "address{city, country, line1, line2, postal_code, state}"
PRODUCT = (
    "active:bool, description, images:list, marketing_features[name], metadata:map, package_dimensions:any, "
    "shippable:bool, statement_descriptor, tax_code, unit_label, url, expand:list"
)
RECURRING = "recurring{interval!, interval_count:int, usage_type, trial_period_days:int, ~meter}"
PRICE = f"currency!, product, unit_amount:int, unit_amount_decimal:number, tax_behavior, {RECURRING}"
CUSTOMER = (
    f"name, email, phone, description, metadata:map, {ADDRESS}, balance:int, "
    "shipping{name, phone, " + ADDRESS + "}, invoice_prefix, preferred_locales:list, tax_exempt, "
    "invoice_settings{default_payment_method, footer, custom_fields:any, rendering_options:any}, "
    "payment_method, expand:list, ~source, ~coupon, ~tax_id_data, tax{ip_address, validate_location}, ~test_clock, "
    "business_name, individual_name, cash_balance:any, next_invoice_sequence:int"
)


# Products


def create_product(request, params):
    price = params.pop("default_price_data", None)
    if params.get("id") and store.get("products", params["id"]):
        raise invalid(f"Product already exists with id {params['id']}", "id", "resource_already_exists")
    product = keep("products", new_product(params))
    record(request, "product.created", product)
    if price is not None:
        product["default_price"] = create_price(request, {**price, "product": product["id"]})["id"]
        keep("products", product)
    return product


def new_product(params):
    fields = {
        "active": True, "default_price": None, "description": None, "images": [], "marketing_features": [],
        "metadata": {}, "name": None, "package_dimensions": None, "shippable": None, "statement_descriptor": None,
        "tax_code": None, "type": "service", "unit_label": None, "url": None,
    }  # fmt: skip
    given = {name: value for name, value in params.items() if name != "expand" and value is not None}
    product = make("products", "product", **(fields | given))
    return product | {"updated": product["created"]}


def update_product(request, params):
    product = find("products", request.path["id"])
    previous = changed(
        product, params, "active", "name", "description", "images", "marketing_features", "package_dimensions",
        "shippable", "statement_descriptor", "tax_code", "unit_label", "url",
    )  # fmt: skip
    if "default_price" in params:
        if params["default_price"]:
            find("prices", params["default_price"], "default_price")
        previous |= changed(product, params, "default_price")
    keep("products", product)
    if previous:
        record(request, "product.updated", product, previous)
    return product


def delete_product(request, params):
    product = find("products", request.path["id"])
    if any(price["product"] == product["id"] for price in store.all("prices")):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    return delete(request, "products", product)


def delete(request, collection, object):
    store.delete(collection, object["id"])
    record(request, f"{object['object']}.deleted", object)
    return {"id": object["id"], "object": object["object"], "deleted": True}


# Prices


def create_price(request, params):
    data = params.pop("product_data", None)
    if data is not None:
        params["product"] = create_product(request, data)["id"]
    if not params.get("product"):
        raise missing("product")
    find("products", params["product"], "product")
    price = keep("prices", new_price(params))
    if params.get("transfer_lookup_key") and price["lookup_key"]:
        for other in store.all("prices"):
            if other["lookup_key"] == price["lookup_key"] and other["id"] != price["id"]:
                keep("prices", other | {"lookup_key": None})
    record(request, "price.created", price)
    return price


def new_price(params):
    amount = params.get("unit_amount")
    if amount is None and params.get("unit_amount_decimal") is None:
        raise invalid(
            "You must specify one of `unit_amount` or `unit_amount_decimal`.", "unit_amount", "parameter_missing"
        )
    recurring = params.get("recurring")
    if recurring is not None and recurring["interval"] not in ("day", "week", "month", "year"):
        raise invalid("Invalid recurring[interval]: must be one of day, month, week, or year", "recurring[interval]")
    return make(
        "prices", "price",
        active=params.get("active", True), billing_scheme="per_unit", currency=params["currency"].lower(),
        custom_unit_amount=None, lookup_key=params.get("lookup_key"), metadata=params.get("metadata", {}),
        nickname=params.get("nickname"), product=params["product"],
        recurring=recurring and {
            "interval": recurring["interval"], "interval_count": recurring.get("interval_count") or 1, "meter": None,
            "trial_period_days": recurring.get("trial_period_days"),
            "usage_type": recurring.get("usage_type") or "licensed",
        },
        tax_behavior=params.get("tax_behavior") or "unspecified", tiers_mode=None, transform_quantity=None,
        type="recurring" if recurring else "one_time",
        unit_amount=amount if amount is not None else round(params["unit_amount_decimal"]),
        unit_amount_decimal=str(amount) if amount is not None else f"{params['unit_amount_decimal']:g}",
    )  # fmt: skip


def update_price(request, params):
    price = find("prices", request.path["id"])
    previous = changed(price, params, "active", "nickname", "lookup_key", "tax_behavior")
    keep("prices", price)
    if previous:
        record(request, "price.updated", price, previous)
    return price


def list_prices(request, params):
    recurring = params.get("recurring", {})
    found = [
        price for price in store.all("prices")
        if params.get("active") in (None, price["active"])
        and params.get("product") in (None, price["product"])
        and params.get("type") in (None, price["type"])
        and params.get("currency") in (None, price["currency"])
        and (not params.get("lookup_keys") or price["lookup_key"] in params["lookup_keys"])
        and (not recurring or (price["recurring"] or {}).get("interval") == recurring.get("interval"))
    ]  # fmt: skip
    return listing("/v1/prices", found, params)


def list_products(request, params):
    found = [
        product for product in store.all("products")
        if params.get("active") in (None, product["active"])
        and (not params.get("ids") or product["id"] in params["ids"])
    ]  # fmt: skip
    return listing("/v1/products", found, params)


# Customers


def create_customer(request, params):
    customer = keep("customers", new_customer(params))
    if params.get("payment_method"):
        attach(request, params["payment_method"], customer["id"])
    record(request, "customer.created", customer)
    return customer


def new_customer(params):
    settings = params.get("invoice_settings") or {}
    customer = make(
        "customers", "customer",
        address=full_address(params.get("address")), balance=params.get("balance", 0), currency=None,
        default_source=None, delinquent=False, description=params.get("description"), discount=None,
        email=params.get("email"), invoice_prefix=None, name=params.get("name"),
        invoice_settings={
            "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None,
        } | settings,
        metadata=params.get("metadata", {}), next_invoice_sequence=1, phone=params.get("phone"),
        preferred_locales=params.get("preferred_locales", []), shipping=params.get("shipping"),
        tax_exempt=params.get("tax_exempt") or "none", test_clock=None,
    )  # fmt: skip
    customer["invoice_prefix"] = params.get("invoice_prefix") or token(8, customer["id"]).upper()
    return customer


def full_address(address):
    if address is None:
        return None
    return {name: address.get(name) for name in ("city", "country", "line1", "line2", "postal_code", "state")}


def update_customer(request, params):
    customer = find("customers", request.path["id"])
    if params.get("address"):
        params["address"] = full_address(params["address"])
    previous = changed(
        customer, params, "name", "email", "phone", "description", "address", "balance", "shipping",
        "preferred_locales", "tax_exempt", "invoice_prefix", "next_invoice_sequence",
    )  # fmt: skip
    if params.get("invoice_settings"):
        previous["invoice_settings"] = customer["invoice_settings"]
        customer["invoice_settings"] = customer["invoice_settings"] | params["invoice_settings"]
    keep("customers", customer)
    if previous:
        record(request, "customer.updated", customer, previous)
    return customer


def delete_customer(request, params):
    from .subscriptions import cancel

    customer = find("customers", request.path["id"])
    for subscription in store.all("subscriptions"):
        if subscription["customer"] == customer["id"] and subscription["status"] != "canceled":
            cancel(request, subscription)
    return delete(request, "customers", customer)


def list_customers(request, params):
    email = params.get("email")
    return listing(
        "/v1/customers", [customer for customer in store.all("customers") if email in (None, customer["email"])], params
    )


# Payment methods


def create_payment_method(request, params):
    if params["type"] != "card":
        raise invalid(f"Invalid type: the stand-in knows card, not {params['type']}", "type")
    card = params.get("card") or {}
    number = card.get("number") or card.get("token")
    if not number:
        raise missing("card")
    method = new_payment_method(number, params.get("billing_details"), card)
    method["metadata"] = params.get("metadata", {})
    return keep("payment_methods", method)


def new_payment_method(number, billing=None, card=None):
    known = card_of(number)
    billing = billing or {}
    return make(
        "payment_methods", "payment_method",
        allow_redisplay="unspecified", type="card", customer=None, metadata={},
        billing_details={
            "address": full_address(billing.get("address") or {}), "email": billing.get("email"),
            "name": billing.get("name"), "phone": billing.get("phone"), "tax_id": None,
        },
        card={
            "brand": known.brand, "country": "US", "display_brand": known.brand,
            "exp_month": int((card or {}).get("exp_month") or 12), "exp_year": int((card or {}).get("exp_year") or 2034),
            "fingerprint": token(16, known.number), "funding": "credit", "last4": known.number[-4:],
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "generated_from": None, "networks": {"available": [known.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True}, "wallet": None, "regulated_status": "unregulated",
        },
    ) | {"_card": known.number}  # fmt: skip


def payment_method(id, param="payment_method"):
    """A kept one, or a test one by its well-known name (`pm_card_visa`), made on the spot as Stripe does."""
    found = store.get("payment_methods", id)
    if found is None and card_of(id, or_none=True) is not None:
        return keep("payment_methods", new_payment_method(id))
    if found is None:
        raise no_such("PaymentMethod", id, param)
    return found


def attach(request, id, customer):
    find("customers", customer, "customer")
    method = payment_method(id)
    if method["customer"] == customer:
        return method
    card_of(method["_card"]).check_attach()
    method["customer"] = customer
    keep("payment_methods", method)
    record(request, "payment_method.attached", method)
    return method


def attach_payment_method(request, params):
    return attach(request, request.path["id"], params["customer"])


def detach_payment_method(request, params):
    method = find("payment_methods", request.path["id"])
    method["customer"] = None
    record(request, "payment_method.detached", keep("payment_methods", method))
    return method


def list_payment_methods(request, params):
    customer = request.path.get("customer") or params.get("customer")
    found = [
        method for method in store.all("payment_methods")
        if method["customer"] is not None and method["customer"] == customer
        and params.get("type") in (None, method["type"])
    ]  # fmt: skip
    return listing("/v1/payment_methods", found, params)


def default_method(customer, preferred=None):
    """What a customer pays with: the preferred one, the default, or the newest attached; None where there is none."""
    chosen = preferred or (customer.get("invoice_settings") or {}).get("default_payment_method")
    if chosen:
        return payment_method(chosen)
    own = [method for method in store.all("payment_methods") if method["customer"] == customer["id"]]
    return own[-1] if own else None
