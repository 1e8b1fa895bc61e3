"""Checkout sessions and what happens on their page."""

from altan_standin import page_url, store

from . import payments, subscriptions
from .amounts import Line, reckon
from .cards import card_of
from .catalog import PRICE, attach, create_customer, create_price, new_payment_method
from .coupons import asked, check_code, code_named, redeem, usable
from .errors import invalid, missing, unsupported
from .events import record
from .objects import changed, contained, find, keep, listing, make, seconds
from .taxes import automatic, rates

LINE = f"price, quantity:int, price_data{{{PRICE}, product_data{{name!, description, images:list, metadata:map, tax_code, unit_label}}}}, adjustable_quantity{{enabled:bool, minimum:int, maximum:int}}, tax_rates:list, ~dynamic_tax_rates"
CREATE = (
    f"mode!, line_items[{LINE}], success_url, cancel_url, return_url, ui_mode, customer, customer_email, "
    "client_reference_id, metadata:map, allow_promotion_codes:bool, automatic_tax{enabled!:bool, liability:any}, "
    "customer_update{address, name, shipping}, customer_creation, billing_address_collection, locale, currency, "
    "payment_method_types:list, payment_method_collection, expires_at:int, submit_type, "
    "phone_number_collection{enabled:bool}, tax_id_collection{enabled:bool, required}, consent_collection:any, "
    "custom_text:any, custom_fields:any, shipping_address_collection:any, expand:list, "
    "payment_intent_data{metadata:map, description, capture_method, setup_future_usage, receipt_email, "
    "statement_descriptor, statement_descriptor_suffix, shipping:any, transfer_group, ~application_fee_amount, "
    "~transfer_data, ~on_behalf_of}, "
    "subscription_data{metadata:map, description, trial_period_days:int, trial_end:int, trial_settings:any, "
    "billing_cycle_anchor, billing_mode:any, proration_behavior, invoice_settings:any, ~application_fee_percent, "
    "~transfer_data, default_tax_rates:list, ~on_behalf_of}, "
    "setup_intent_data{metadata:map, description, ~on_behalf_of}, invoice_creation{enabled:bool, invoice_data:any}, "
    "saved_payment_method_options:any, payment_method_options:any, payment_method_configuration, "
    "adaptive_pricing{enabled:bool}, redirect_on_completion, origin_context, integration_identifier, "
    "excluded_payment_method_types:list, wallet_options:any, branding_settings:any, name_collection:any, permissions:any, "
    "discounts[coupon, promotion_code], ~shipping_options, ~after_expiration, ~optional_items, ~managed_payments"
)  # fmt: skip


def create_session(request, params):
    mode = params["mode"]
    if mode not in ("payment", "subscription", "setup"):
        raise invalid("Invalid mode: must be one of payment, setup, or subscription", "mode")
    ui_mode = params.get("ui_mode") or "hosted"
    hosted = ui_mode in ("hosted", "hosted_page")
    if hosted and not params.get("success_url"):
        raise missing("success_url")
    if mode != "setup" and not params.get("line_items"):
        raise missing("line_items")
    customer = find("customers", params["customer"], "customer") if params.get("customer") else None
    if customer and params.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if mode != "subscription" and params.get("subscription_data"):
        raise invalid("You can not pass `subscription_data` in `payment` mode.", "subscription_data")
    if mode == "subscription" and params.get("payment_intent_data"):
        raise invalid("You can not pass `payment_intent_data` in `subscription` mode.", "payment_intent_data")
    if mode == "subscription" and params.get("customer_creation"):
        raise invalid("`customer_creation` can only be used in `payment` and `setup` mode.", "customer_creation")
    check_tax(params, customer)
    common = rates(
        (params.get("subscription_data") or {}).get("default_tax_rates"), "subscription_data[default_tax_rates]"
    )
    lines = [line(request, item, index, mode, common) for index, item in enumerate(params.get("line_items", []))]
    if mode == "subscription":
        if not any(entry["price"]["type"] == "recurring" for entry in lines):
            raise invalid(
                "You must provide at least one recurring price in `subscription` mode when using prices.", "line_items"
            )
        if any(entry["price"]["type"] != "recurring" for entry in lines):
            raise unsupported("one-time prices beside recurring ones in a subscription's checkout")
        subscriptions.refuse_unknown(params.get("subscription_data", {}))
        subscriptions.trial_end(params.get("subscription_data", {}), seconds())
    session = new_session(params, mode, ui_mode, hosted, customer, lines)
    session |= {"_lines": lines, "_params": params}
    discount(session, customer, wanted_discount(request, params))
    keep("sessions", session)
    return session


def wanted_discount(request, params):
    """The one (coupon, promotion code) that a session may have; None without."""
    if params.get("discounts") and params.get("allow_promotion_codes") is not None:
        raise invalid("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if params.get("discounts") and params["mode"] == "setup":
        raise invalid("You can not pass `discounts` in `setup` mode.", "discounts")
    discounts = asked(request, params)
    if len(discounts) > 1:
        raise invalid("You may only specify one discount.", "discounts")
    return discounts[0] if discounts else None


def discount(session, customer, wanted):
    """Gives the session its discount, and says what it comes to. Redeemed it is when the customer pays."""
    if wanted is not None:
        coupon, promotion = wanted
        if promotion is not None:
            check_code(promotion, customer, session["amount_subtotal"], session["currency"])
            session["discounts"] = [{"coupon": None, "promotion_code": promotion["id"]}]
        else:
            session["discounts"] = [{"coupon": coupon["id"], "promotion_code": None}]
    if session["mode"] != "setup":
        parts = reckoned(session)
        session["amount_total"] = sum(part.total for part in parts)
        session["total_details"] |= {
            "amount_discount": sum(sum(part.discounts) for part in parts), "amount_tax": sum(part.tax for part in parts),
        }  # fmt: skip


def chosen(session):
    """The (coupon, promotion code) of the session's discount; None without.

    - Raises: StripeError where it cannot be redeemed any more."""
    for entry in session["discounts"]:
        promotion = find("promotion_codes", entry["promotion_code"]) if entry["promotion_code"] else None
        return usable(promotion["promotion"]["coupon"] if promotion else entry["coupon"]), promotion
    return None


def reckoned(session, free=None):
    """The session's lines with their discounts and taxes. During a trial all of them are free."""
    free = session["amount_subtotal"] == 0 if free is None else free
    parts = [
        Line(0 if free else entry["amount"], entry["price"]["product"], entry["price"]["currency"], entry["rates"])
        for entry in session["_lines"]
    ]  # fmt: skip
    coupon, _ = chosen(session) or (None, None)
    return reckon(parts, [coupon | {"applies_to": coupon["_applies_to"]}] if coupon else [])


def check_tax(params, customer):
    """Stripe needs to know where a customer is before it computes tax."""
    if not (params.get("automatic_tax") or {}).get("enabled") or customer is None:
        return
    updates = (params.get("customer_update") or {}).get("address") == "auto"
    if not (customer.get("address") or {}).get("country") and not updates:
        raise invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the "
            "Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to "
            "save the address entered in Checkout to the Customer.", "automatic_tax", "customer_tax_location_invalid",
        )  # fmt: skip


def line(request, item, index, mode, common):
    if item.get("price_data"):
        price = create_price(request, dict(item["price_data"]))
    elif item.get("price"):
        price = find("prices", item["price"], f"line_items[{index}][price]")
    else:
        raise missing(f"line_items[{index}][price]")
    if not price["active"]:
        raise invalid(
            "The price specified is inactive. This field only accepts active prices.", f"line_items[{index}][price]"
        )
    if mode == "payment" and price["type"] == "recurring":
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only "
            "one-time prices.", f"line_items[{index}][price]",
        )  # fmt: skip
    quantity = item.get("quantity", 1)
    if quantity < 1:
        raise invalid("This value must be greater than or equal to 1.", f"line_items[{index}][quantity]")
    return {
        "price": price, "quantity": quantity, "amount": (price["unit_amount"] or 0) * quantity,
        "rates": rates(item.get("tax_rates"), f"line_items[{index}][tax_rates]") or common,
    }  # fmt: skip


def new_session(params, mode, ui_mode, hosted, customer, lines):
    trial = mode == "subscription" and (params.get("subscription_data") or {})
    free = bool(trial and (trial.get("trial_period_days") or trial.get("trial_end")))
    subtotal = None if mode == "setup" else (0 if free else sum(entry["amount"] for entry in lines))
    moment = seconds()
    expires = params.get("expires_at") or moment + 86400
    if not moment + 1800 <= expires <= moment + 86400:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from now.", "expires_at"
        )
    session = make(
        "sessions", "checkout.session",
        adaptive_pricing={"enabled": False}, after_expiration=None,
        allow_promotion_codes=params.get("allow_promotion_codes"), amount_subtotal=subtotal, amount_total=subtotal,
        automatic_tax=automatic(params, customer and customer["address"]),
        billing_address_collection=params.get("billing_address_collection"), cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        client_secret=None, collected_information=None, consent=None,
        consent_collection=params.get("consent_collection"),
        currency=lines[0]["price"]["currency"] if lines else params.get("currency"), currency_conversion=None,
        custom_fields=params.get("custom_fields") or [], custom_text=params.get("custom_text") or {
            "after_submit": None, "shipping_address": None, "submit": None, "terms_of_service_acceptance": None},
        customer=customer and customer["id"], customer_account=None,
        customer_creation=None if customer else ("always" if mode == "subscription" else params.get("customer_creation") or "if_required"),
        customer_details={
            "address": customer["address"], "email": customer["email"], "name": customer["name"],
            "phone": customer["phone"], "tax_exempt": customer["tax_exempt"], "tax_ids": None,
        } if customer else ({
            "address": None, "email": params["customer_email"], "name": None, "phone": None, "tax_exempt": None,
            "tax_ids": None,
        } if params.get("customer_email") else None),
        customer_email=params.get("customer_email"), discounts=[], expires_at=expires, invoice=None,
        invoice_creation=(params.get("invoice_creation") or {"enabled": False, "invoice_data": {}}) if mode == "payment" else None,
        locale=params.get("locale"), metadata=params.get("metadata", {}), mode=mode, origin_context=None,
        payment_intent=None, payment_link=None,
        payment_method_collection=params.get("payment_method_collection") or ("always" if mode == "subscription" else "if_required"),
        payment_method_configuration_details=None, payment_method_options=params.get("payment_method_options") or {},
        payment_method_types=params.get("payment_method_types") or ["card"],
        payment_status="no_payment_required" if mode == "setup" else "unpaid",
        phone_number_collection=params.get("phone_number_collection") or {"enabled": False}, recovered_from=None,
        saved_payment_method_options=params.get("saved_payment_method_options"), setup_intent=None,
        shipping_address_collection=params.get("shipping_address_collection"), shipping_cost=None, shipping_options=[],
        status="open", submit_type=params.get("submit_type"), subscription=None, success_url=params.get("success_url"),
        total_details=None if mode == "setup" else {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode=ui_mode, url=None, wallet_options=None,
    )  # fmt: skip
    if hosted:
        session["url"] = page_url(f"pay/{session['id']}")
    else:
        session |= {"client_secret": f"{session['id']}_secret", "return_url": params.get("return_url")}
    return session


def line_items(session):
    """What a session sells, as the API lists it."""
    data = [
        {
            "id": f"li_{index}_{session['id'][8:26]}", "object": "item", "amount_discount": sum(part.discounts),
            "amount_subtotal": entry["amount"], "amount_tax": part.tax, "amount_total": part.total,
            "currency": entry["price"]["currency"], "metadata": {}, "price": entry["price"],
            "description": (store.get("products", entry["price"]["product"]) or {}).get("name"),
            "quantity": entry["quantity"],
        }
        for index, (entry, part) in enumerate(zip(session["_lines"], reckoned(session, False), strict=True), 1)
    ]  # fmt: skip
    return contained(f"/v1/checkout/sessions/{session['id']}/line_items", data)


def list_line_items(request, params):
    return line_items(find("sessions", request.path["id"]))


def update_session(request, params):
    session = find("sessions", request.path["id"])
    changed(session, params)
    return keep("sessions", session)


def list_sessions(request, params):
    found = [
        session for session in store.all("sessions")
        if params.get("customer") in (None, session["customer"])
        and params.get("payment_intent") in (None, session["payment_intent"])
        and params.get("subscription") in (None, session["subscription"])
        and params.get("status") in (None, session["status"])
    ]  # fmt: skip
    return listing("/v1/checkout/sessions", found, params)


def expire_session(request, params):
    session = find("sessions", request.path["id"])
    if session["status"] != "open":
        raise invalid(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "
            f"{session['status']}.",
        )  # fmt: skip
    return expire(request, session)


def expire(request, session):
    session |= {"status": "expired", "url": None}
    record(request, "checkout.session.expired", keep("sessions", session))
    return session


class NeedsAuthentication(Exception):
    """The bank asks the customer: 3-D Secure."""


def pay(request, session, card, email=None, name=None, country=None, authenticated=False, code=None):
    """The customer pays. Everything is undone when the card is declined but what Stripe keeps too.

    - Raises: StripeError (402), NeedsAuthentication."""
    if session["status"] != "open":
        raise invalid(f"This checkout session is {session['status']}.")
    params = session["_params"]
    known = card_of(card)
    if known.authenticates and not authenticated:
        raise NeedsAuthentication()
    customer = store.get("customers", session["customer"]) if session["customer"] else None
    if code:
        enter(session, customer, code)
    email = (customer or {}).get("email") or session["customer_email"] or email or "customer@example.com"
    if session["mode"] != "setup" and session["amount_total"] and known.error() is not None:
        raise known.error()
    if session["mode"] == "setup" or not session["amount_total"]:
        known.check_attach()
    address = {
        "country": country or "US",
        "city": None,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    }
    if customer is None and session["customer_creation"] == "always":
        customer = create_customer(request, {"email": email, "name": name, "address": address})
    elif customer is not None and (params.get("customer_update") or {}).get("address") == "auto":
        previous = changed(customer, {"address": address}, "address")
        keep("customers", customer)
        if previous:
            record(request, "customer.updated", customer, previous)
    session["customer"] = customer and customer["id"]
    session["customer_details"] = {
        "address": (customer or {}).get("address") or address, "email": email,
        "name": (customer or {}).get("name") or name, "phone": None, "tax_exempt": "none", "tax_ids": [],
    }  # fmt: skip
    if session["automatic_tax"]["enabled"]:
        session["automatic_tax"]["status"] = "complete"
    method = keep(
        "payment_methods", new_payment_method(known.number, {"email": email, "name": name, "address": address})
    )
    if customer is not None:
        method = attach(request, method["id"], customer["id"])
    complete = {"subscription": complete_subscription, "payment": complete_payment, "setup": complete_setup}
    complete[session["mode"]](request, session, customer, method, authenticated)
    session |= {"status": "complete", "url": None}
    record(request, "checkout.session.completed", keep("sessions", session))
    return session


def enter(session, customer, code):
    """The customer types a promotion code in.

    - Raises: StripeError for one that is none, or not for this customer."""
    promotion = code_named(code) if session["allow_promotion_codes"] else None
    if promotion is None:
        raise invalid("This code is invalid.", "promotion_code", "promotion_code_invalid")
    discount(session, customer, (usable(promotion["promotion"]["coupon"]), promotion))


def complete_subscription(request, session, customer, method, authenticated):
    data = session["_params"].get("subscription_data") or {}
    trial = subscriptions.trial_end(data, seconds())
    params = {
        "items": [
            {"quantity": entry["quantity"], "tax_rates": [rate["id"] for rate in entry["rates"]]}
            for entry in session["_lines"]
        ],
        "metadata": data.get("metadata", {}),
        "description": data.get("description"), "default_payment_method": method["id"],
        "automatic_tax": {"enabled": session["automatic_tax"]["enabled"]},
        "trial_settings": data.get("trial_settings"),
    }  # fmt: skip
    prices = [entry["price"] for entry in session["_lines"]]
    discounts = [wanted for wanted in [chosen(session)] if wanted is not None]
    subscription = subscriptions.new_subscription(request, customer, params, prices, trial, discounts)
    error = subscriptions.start(request, subscription, method, authenticated)
    if error is not None:
        raise error
    session |= {
        "subscription": subscription["id"], "invoice": subscription["latest_invoice"],
        "payment_status": "paid" if session["amount_total"] else "no_payment_required",
    }  # fmt: skip


def complete_payment(request, session, customer, method, authenticated):
    data = session["_params"].get("payment_intent_data") or {}
    if session["discounts"]:
        redeem(request, *chosen(session), customer, checkout_session=session["id"])
    if session["amount_total"] == 0:
        session["payment_status"] = "no_payment_required"
        return
    intent = payments.new_intent({
        **data, "amount": session["amount_total"], "currency": session["currency"],
        "customer": customer and customer["id"], "payment_method": method["id"],
    })  # fmt: skip
    record(request, "payment_intent.created", keep("payment_intents", intent))
    payments.confirm(request, intent, authenticated=authenticated)
    session |= {"payment_intent": intent["id"], "payment_status": "paid"}


def complete_setup(request, session, customer, method, authenticated):
    intent = payments.create_setup_intent(
        request, {"customer": customer and customer["id"], "payment_method": method["id"], "confirm": True}
    )
    session["setup_intent"] = intent["id"]
