"""Tax rates, and what they add to invoices. Automatic tax is that of an account without registrations: none."""

from altan_standin import store

from .errors import invalid
from .objects import changed, find, keep, listing, make

RATE = "active:bool, country, description, display_name, jurisdiction, metadata:map, state, tax_type, expand:list"
CREATE = RATE.replace("display_name", "display_name!, percentage!:number, inclusive!:bool")


def create_rate(request, params):
    if not 0 <= params["percentage"] <= 100:
        raise invalid("Invalid percentage: must be between 0 and 100", "percentage")
    percentage = params["percentage"]
    return keep("tax_rates", make(
        "tax_rates", "tax_rate", active=params.get("active", True), country=params.get("country"),
        description=params.get("description"), display_name=params["display_name"],
        effective_percentage=percentage, flat_amount=None, inclusive=params["inclusive"],
        jurisdiction=params.get("jurisdiction"), jurisdiction_level=None, metadata=params.get("metadata", {}),
        percentage=percentage, rate_type="percentage", state=params.get("state"), tax_type=params.get("tax_type"),
    ))  # fmt: skip


def update_rate(request, params):
    rate = find("tax_rates", request.path["id"])
    changed(rate, params, "active", "country", "description", "display_name", "jurisdiction", "state", "tax_type")
    return keep("tax_rates", rate)


def list_rates(request, params):
    found = [
        rate for rate in store.all("tax_rates")
        if params.get("active") in (None, rate["active"]) and params.get("inclusive") in (None, rate["inclusive"])
    ]  # fmt: skip
    return listing("/v1/tax_rates", found, params)


def rates(ids, param):
    """The rates that a parameter names.

    - Raises: StripeError for one that is not there, or not active."""
    found = [find("tax_rates", id, param) for id in ids or []]
    for rate in found:
        if not rate["active"]:
            raise invalid(f"Tax rate {rate['id']} is inactive.", param)
    return found


def entries(taxes):
    """Taxes as an invoice or a line lists them: `(rate, taxable amount, amount)`, those of one rate as one."""
    by_rate = {}
    for rate, taxable, amount in taxes:
        entry = by_rate.setdefault(rate["id"], {
            "amount": 0, "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
            "tax_rate_details": {"tax_rate": rate["id"]}, "taxability_reason": "not_available", "taxable_amount": 0,
            "type": "tax_rate_details",
        })  # fmt: skip
        entry["amount"] += amount
        entry["taxable_amount"] += taxable
    return list(by_rate.values())


def check_location(params, customer):
    """Stripe needs to know where a customer is before it computes tax."""
    if (params.get("automatic_tax") or {}).get("enabled") and not (customer.get("address") or {}).get("country"):
        raise invalid(
            "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate "
            "tax.", "automatic_tax[enabled]", "customer_tax_location_invalid",
        )  # fmt: skip


def automatic(params, address):
    """`automatic_tax` of a checkout session: nothing is collected, once it is known where the customer is."""
    enabled = (params.get("automatic_tax") or {}).get("enabled", False)
    located = bool((address or {}).get("country"))
    return {
        "enabled": enabled, "liability": {"type": "self"} if enabled else None, "provider": "stripe" if enabled else None,
        "status": ("complete" if located else "requires_location_inputs") if enabled else None,
    }  # fmt: skip
