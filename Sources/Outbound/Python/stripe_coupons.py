"""Coupons, promotion codes, and the discounts that are given by them."""

from altan_standin import new_id, store

from .calendar_time import add
from .errors import invalid, missing
from .events import record
from .objects import changed, find, keep, listing, make, seconds
from .shapes import BASIL, CLOVER, NEWEST

COUPON = (
    "id, percent_off:number, amount_off:int, currency, duration, duration_in_months:int, max_redemptions:int, "
    "redeem_by:int, name, metadata:map, applies_to{products:list}, expand:list, ~currency_options"
)
PROMOTION_CODE = (
    "promotion{type!, coupon}, coupon, code, active:bool, customer, expires_at:int, max_redemptions:int, metadata:map, "
    "restrictions{first_time_transaction:bool, minimum_amount:int, minimum_amount_currency, ~currency_options}, "
    "expand:list, ~customer_account"
)
# What a subscription or a checkout session takes.
DISCOUNTS = "discounts[coupon, promotion_code, discount]"


# Coupons


def create_coupon(request, params):
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if (percent is None) == (amount is None):
        raise invalid("You must pass either `percent_off` or `amount_off`, and not both.", "percent_off")
    if percent is not None and not 0 < percent <= 100:
        raise invalid("Invalid percent_off: must be greater than 0 and at most 100", "percent_off")
    if amount is not None and amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount_off", "parameter_invalid_integer")
    if amount is not None and not params.get("currency"):
        raise missing("currency")
    duration = params.get("duration") or "once"
    if duration not in ("forever", "once", "repeating"):
        raise invalid("Invalid duration: must be one of forever, once, or repeating", "duration")
    if (duration == "repeating") != (params.get("duration_in_months") is not None):
        raise invalid(
            "`duration_in_months` goes with a `duration` of `repeating`, and only with it.", "duration_in_months"
        )
    if params.get("id") and store.get("coupons", params["id"]):
        raise invalid("Coupon already exists.", "id", "resource_already_exists")
    products = params.get("applies_to")
    for product in (products or {}).get("products", []):
        find("products", product, "applies_to[products]")
    coupon = make(
        "coupons", "coupon", id=params.get("id") or new_id("", 8), amount_off=amount,
        currency=params["currency"].lower() if amount is not None else None, duration=duration,
        duration_in_months=params.get("duration_in_months"), max_redemptions=params.get("max_redemptions"),
        metadata=params.get("metadata", {}), name=params.get("name"), percent_off=percent,
        redeem_by=params.get("redeem_by"), times_redeemed=0, valid=True, _applies_to=products,
    )  # fmt: skip
    record(request, "coupon.created", keep("coupons", coupon))
    return current(coupon)


def current(coupon):
    """The coupon with what time has made of it."""
    used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    late = coupon["redeem_by"] is not None and coupon["redeem_by"] < seconds()
    return coupon | {"valid": not used_up and not late}


def get_coupon(request, params):
    return current(find("coupons", request.path["id"]))


def update_coupon(request, params):
    coupon = find("coupons", request.path["id"])
    previous = changed(coupon, params, "name")
    if previous:
        record(request, "coupon.updated", keep("coupons", coupon), previous)
    return current(coupon)


def delete_coupon(request, params):
    """Nobody can redeem it any more; discounts that were given stay."""
    coupon = find("coupons", request.path["id"])
    keep("coupons", coupon | {"deleted": True})
    record(request, "coupon.deleted", coupon)
    return {"id": coupon["id"], "object": "coupon", "deleted": True}


def list_coupons(request, params):
    found = [current(coupon) for coupon in store.all("coupons") if not coupon.get("deleted")]
    return listing("/v1/coupons", found, params)


# Promotion codes


def create_code(request, params):
    old = (request.version or NEWEST)[:10] < CLOVER
    if "coupon" in params and not old:
        raise invalid(
            "Received unknown parameter: coupon. Did you mean promotion[coupon]?", "coupon", "parameter_unknown"
        )
    id = params.get("coupon") or (params.get("promotion") or {}).get("coupon")
    if not id:
        raise missing("coupon" if old else "promotion[coupon]")
    coupon = find("coupons", id, "coupon" if old else "promotion[coupon]")
    if params.get("customer"):
        find("customers", params["customer"], "customer")
    code = params.get("code") or new_id("", 8).upper()
    if params.get("active", True) and code_named(code) is not None:
        raise invalid(
            f"An active promotion code with `code: {code}` already exists.", "code", "resource_already_exists"
        )
    restrictions = params.get("restrictions") or {}
    if restrictions.get("minimum_amount") is not None and not restrictions.get("minimum_amount_currency"):
        raise missing("restrictions[minimum_amount_currency]")
    promotion = make(
        "promotion_codes", "promotion_code", active=params.get("active", True), code=code,
        customer=params.get("customer"), customer_account=None, expires_at=params.get("expires_at"),
        max_redemptions=params.get("max_redemptions"), metadata=params.get("metadata", {}),
        promotion={"coupon": coupon["id"], "type": "coupon"},
        restrictions={
            "first_time_transaction": restrictions.get("first_time_transaction", False),
            "minimum_amount": restrictions.get("minimum_amount"),
            "minimum_amount_currency": restrictions.get("minimum_amount_currency"),
        }, times_redeemed=0,
    )  # fmt: skip
    record(request, "promotion_code.created", keep("promotion_codes", promotion))
    return promotion


def code_named(code):
    """The active promotion code that customers type in so, in whatever case; None where there is none."""
    for promotion in store.all("promotion_codes"):
        if promotion["active"] and promotion["code"].lower() == code.lower():
            return promotion
    return None


def update_code(request, params):
    promotion = find("promotion_codes", request.path["id"])
    previous = changed(promotion, params, "active")
    if previous:
        record(request, "promotion_code.updated", keep("promotion_codes", promotion), previous)
    return promotion


def list_codes(request, params):
    found = [
        promotion for promotion in store.all("promotion_codes")
        if params.get("active") in (None, promotion["active"])
        and (params.get("code") or "").lower() in ("", promotion["code"].lower())
        and params.get("coupon") in (None, promotion["promotion"]["coupon"])
        and params.get("customer") in (None, promotion["customer"])
    ]  # fmt: skip
    return listing("/v1/promotion_codes", found, params)


# Discounts


def asked(request, params, reusable=()):
    """The (coupon, promotion code) that the parameters ask for; the code is None where a coupon was named itself.

    - Parameter reusable: ids of discounts that may be named again; these are returned as they are."""
    wanted = list(params.get("discounts") or [])
    for name in ("coupon", "promotion_code"):
        if name not in params:
            continue
        if (request.version or NEWEST)[:10] >= BASIL:
            raise invalid(f"Received unknown parameter: {name}. Did you mean discounts?", name, "parameter_unknown")
        if params[name]:
            wanted.append({name: params[name]})
    found = []
    for index, item in enumerate(wanted):
        if len([value for value in item.values() if value]) != 1:
            raise invalid("Each discount names one of coupon, promotion_code and discount.", f"discounts[{index}]")
        if item.get("discount"):
            if item["discount"] not in reusable:
                raise invalid(
                    f"No such discount: '{item['discount']}'", f"discounts[{index}][discount]", "resource_missing"
                )
            found.append(item["discount"])
        elif item.get("promotion_code"):
            promotion = find("promotion_codes", item["promotion_code"], f"discounts[{index}][promotion_code]")
            found.append((usable(promotion["promotion"]["coupon"]), promotion))
        else:
            found.append((usable(item["coupon"], f"discounts[{index}][coupon]"), None))
    return found


def usable(id, param="coupon"):
    coupon = find("coupons", id, param)
    if not current(coupon)["valid"]:
        raise invalid(f"Coupon expired: {id}", param, "coupon_expired")
    return coupon


def check_code(promotion, customer, amount, currency):
    """- Raises: StripeError for a code that this customer cannot use, or not for so little."""
    restrictions = promotion["restrictions"]
    expired = promotion["expires_at"] is not None and promotion["expires_at"] < seconds()
    used_up = promotion["max_redemptions"] is not None and promotion["times_redeemed"] >= promotion["max_redemptions"]
    if not promotion["active"] or expired or used_up:
        raise invalid("This promotion code is expired or inactive.", "promotion_code", "promotion_code_invalid")
    if promotion["customer"] is not None and (customer is None or promotion["customer"] != customer["id"]):
        raise invalid(
            "This promotion code cannot be redeemed by this customer.", "promotion_code", "promotion_code_invalid"
        )
    if restrictions["first_time_transaction"] and customer is not None and has_paid(customer):
        raise invalid(
            "This promotion code cannot be redeemed because the associated customer has prior transactions.",
            "promotion_code", "promotion_code_invalid",
        )  # fmt: skip
    if restrictions["minimum_amount"] is not None and (
        currency != restrictions["minimum_amount_currency"] or amount < restrictions["minimum_amount"]
    ):
        raise invalid(
            "The amount is below the minimum of this promotion code.", "promotion_code", "promotion_code_invalid"
        )


def has_paid(customer):
    return any(charge["paid"] and charge["customer"] == customer["id"] for charge in store.all("charges"))


def redeem(request, coupon, promotion, customer, **of):
    """Makes a discount: the coupon, and the code it came by, count it."""
    keep("coupons", coupon | {"times_redeemed": coupon["times_redeemed"] + 1})
    if promotion is not None:
        promotion["times_redeemed"] += 1
        keep("promotion_codes", promotion)
    start = seconds()
    discount = {
        "id": new_id("di_", 24), "object": "discount", "checkout_session": None,
        "customer": customer and customer["id"], "customer_account": None,
        "end": add(start, "month", coupon["duration_in_months"]) if coupon["duration"] == "repeating" else None,
        "invoice": None, "invoice_item": None, "promotion_code": promotion and promotion["id"],
        "source": {"coupon": coupon["id"], "type": "coupon"}, "start": start, "subscription": None,
        "subscription_item": None,
    } | of  # fmt: skip
    keep("discounts", discount)
    if customer is not None:
        record(request, "customer.discount.created", discount)
    return discount


def coupon_of(discount):
    """The coupon behind a discount, also where nobody can redeem it any more."""
    coupon = store.get("coupons", discount["source"]["coupon"])
    return coupon | {"applies_to": coupon["_applies_to"]}


def in_force(ids, moment):
    """Those of the discounts that still count at a moment."""
    found = [store.get("discounts", id) for id in ids]
    return [discount for discount in found if discount["end"] is None or discount["end"] > moment]
