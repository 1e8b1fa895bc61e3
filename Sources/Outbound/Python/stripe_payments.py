"""Payment intents, charges, refunds, setup intents."""

from altan_standin import store, token

from .cards import card_of
from .catalog import attach, payment_method
from .errors import StripeError, invalid
from .events import record
from .objects import changed, find, keep, listing, make, seconds

INTENT = (
    "amount:int, currency, customer, description, metadata:map, payment_method, payment_method_types:list, "
    "receipt_email, setup_future_usage, shipping:any, statement_descriptor, statement_descriptor_suffix, "
    "capture_method, payment_method_options:any, transfer_group, expand:list, ~application_fee_amount, "
    "~transfer_data, ~payment_method_data"
)
CREATE_INTENT = INTENT.replace("amount:int, currency", "amount!:int, currency!") + (
    ", automatic_payment_methods{enabled:bool, allow_redirects}, confirm:bool, confirmation_method, off_session, "
    "return_url, error_on_requires_action:bool, mandate, ~on_behalf_of"
)


def create_intent(request, params):
    if params["amount"] < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    if params.get("customer"):
        find("customers", params["customer"], "customer")
    if params.get("payment_method"):
        params["payment_method"] = payment_method(params["payment_method"])["id"]
    intent = new_intent(params)
    record(request, "payment_intent.created", keep("payment_intents", intent))
    return confirm(request, intent, params) if params.get("confirm") else intent


def new_intent(params):
    intent = make(
        "payment_intents", "payment_intent",
        amount=params["amount"], amount_capturable=0, amount_details={"tip": {}}, amount_received=0, application=None,
        application_fee_amount=None, automatic_payment_methods=params.get("automatic_payment_methods"),
        canceled_at=None, cancellation_reason=None, capture_method=params.get("capture_method") or "automatic_async",
        confirmation_method=params.get("confirmation_method") or "automatic", currency=params["currency"].lower(),
        customer=params.get("customer"), description=params.get("description"), last_payment_error=None,
        latest_charge=None, metadata=params.get("metadata", {}), next_action=None, on_behalf_of=None,
        payment_method=params.get("payment_method"), payment_method_options=params.get("payment_method_options", {}),
        payment_method_types=params.get("payment_method_types") or ["card"], processing=None,
        receipt_email=params.get("receipt_email"), review=None, setup_future_usage=params.get("setup_future_usage"),
        shipping=params.get("shipping"), statement_descriptor=params.get("statement_descriptor"),
        statement_descriptor_suffix=params.get("statement_descriptor_suffix"), transfer_data=None,
        transfer_group=params.get("transfer_group"),
        status="requires_confirmation" if params.get("payment_method") else "requires_payment_method",
    )  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{token(25, intent['id'])}"
    return intent


def update_intent(request, params):
    intent = find("payment_intents", request.path["id"])
    if intent["status"] in ("succeeded", "canceled"):
        raise unexpected_state(intent, "update")
    if params.get("payment_method"):
        params["payment_method"] = payment_method(params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
    changed(
        intent, params, "amount", "currency", "customer", "description", "payment_method", "receipt_email",
        "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_group",
    )  # fmt: skip
    return keep("payment_intents", intent)


def unexpected_state(intent, what):
    return StripeError(
        400, "invalid_request_error",
        f"This PaymentIntent's status is {intent['status']}; you cannot {what} it.", "payment_intent_unexpected_state",
        payment_intent=intent,
    )  # fmt: skip


def confirm_intent(request, params):
    return confirm(request, find("payment_intents", request.path["id"]), params)


def confirm(request, intent, params=None, authenticated=False):
    """Charges the payment method.

    - Raises: StripeError (402) for a card that is declined; charge and intent keep that."""
    params = params or {}
    if intent["status"] in ("succeeded", "canceled"):
        raise unexpected_state(intent, "confirm")
    if params.get("payment_method"):
        intent["payment_method"] = payment_method(params["payment_method"])["id"]
    if not intent["payment_method"]:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
            "method or ConfirmationToken.", code="payment_intent_unexpected_state",
        )  # fmt: skip
    method = payment_method(intent["payment_method"])
    card = card_of(method["_card"])
    if card.authenticates and not authenticated and not params.get("off_session"):
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        record(request, "payment_intent.requires_action", keep("payment_intents", intent))
        return intent
    charge = new_charge(intent, method)
    error = card.error(charge["id"], None)
    if error is not None:
        charge |= {
            "status": "failed", "paid": False, "captured": False, "amount_captured": 0,
            "failure_code": error.body["code"], "failure_message": error.body["message"],
        }  # fmt: skip
        keep("charges", charge)
        intent |= {
            "status": "requires_payment_method", "latest_charge": charge["id"], "payment_method": None,
            "last_payment_error": {**error.body, "payment_method": public(method)}, "next_action": None,
        }  # fmt: skip
        keep("payment_intents", intent)
        record(request, "charge.failed", charge)
        record(request, "payment_intent.payment_failed", intent)
        error.body["payment_intent"] = intent
        error.keeps_changes = True
        raise error
    intent["latest_charge"], intent["next_action"] = charge["id"], None
    if intent["customer"] and intent["setup_future_usage"] and not method["customer"]:
        attach(request, method["id"], intent["customer"])
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        keep("charges", charge | {"captured": False, "amount_captured": 0})
        record(request, "payment_intent.amount_capturable_updated", keep("payment_intents", intent))
        return intent
    return succeed(request, intent, charge)


def succeed(request, intent, charge):
    intent |= {"status": "succeeded", "amount_received": charge["amount_captured"], "amount_capturable": 0}
    keep("charges", charge)
    keep("payment_intents", intent)
    record(request, "charge.succeeded", charge)
    record(request, "payment_intent.succeeded", intent)
    return intent


def public(method):
    return {name: value for name, value in method.items() if not name.startswith("_")}


def new_charge(intent, method):
    return make(
        "charges", "charge",
        amount=intent["amount"], amount_captured=intent["amount"], amount_refunded=0, application=None,
        application_fee=None, application_fee_amount=None, balance_transaction=f"txn_{token(24, intent['id'])}",
        billing_details=method["billing_details"], calculated_statement_descriptor=None, captured=True,
        currency=intent["currency"], customer=intent["customer"], description=intent["description"], disputed=False,
        failure_code=None, failure_message=None, fraud_details={}, metadata=intent["metadata"], on_behalf_of=None,
        outcome={"network_status": "approved_by_network", "risk_level": "normal", "type": "authorized"}, paid=True,
        payment_intent=intent["id"], payment_method=method["id"],
        payment_method_details={"type": "card", "card": method["card"]}, receipt_email=intent["receipt_email"],
        receipt_number=None, receipt_url=None, refunded=False, review=None, shipping=intent["shipping"],
        statement_descriptor=intent["statement_descriptor"], status="succeeded", transfer_group=None,
    )  # fmt: skip


def capture_intent(request, params):
    intent = find("payment_intents", request.path["id"])
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "capture")
    amount = params.get("amount_to_capture", intent["amount_capturable"])
    if amount > intent["amount_capturable"]:
        raise invalid("The amount to capture is greater than the capturable amount.", "amount_to_capture")
    charge = find("charges", intent["latest_charge"])
    return succeed(request, intent, charge | {"captured": True, "amount_captured": amount})


def cancel_intent(request, params):
    intent = find("payment_intents", request.path["id"])
    if intent["status"] in ("succeeded", "canceled"):
        raise unexpected_state(intent, "cancel")
    intent |= {
        "status": "canceled", "canceled_at": seconds(), "cancellation_reason": params.get("cancellation_reason"),
        "amount_capturable": 0,
    }  # fmt: skip
    record(request, "payment_intent.canceled", keep("payment_intents", intent))
    return intent


def list_of(collection, url, *filters):
    """Lists a collection, filtered by fields of the same name."""

    def run(request, params):
        found = [
            object for object in store.all(collection)
            if all(params.get(name) in (None, object.get(name)) for name in filters)
        ]  # fmt: skip
        return listing(url, found, params)

    return run


# Refunds


def create_refund(request, params):
    if params.get("payment_intent"):
        intent = find("payment_intents", params["payment_intent"], "payment_intent")
        params["charge"] = intent["latest_charge"]
    charge = find("charges", params.get("charge"), "charge")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0 and charge["refunded"]:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount")
    refund = make(
        "refunds", "refund", amount=amount, balance_transaction=None, charge=charge["id"], currency=charge["currency"],
        metadata=params.get("metadata", {}), payment_intent=charge["payment_intent"], reason=params.get("reason"),
        receipt_number=None, source_transfer_reversal=None, status="succeeded", transfer_reversal=None,
        destination_details={"type": "card", "card": {"type": "refund"}},
    )  # fmt: skip
    keep("refunds", refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    record(request, "refund.created", refund)
    record(request, "charge.refunded", keep("charges", charge))
    return refund


# Setup intents


def create_setup_intent(request, params):
    intent = make(
        "setup_intents", "setup_intent", application=None, automatic_payment_methods=None, cancellation_reason=None,
        customer=params.get("customer"), description=params.get("description"), last_setup_error=None,
        latest_attempt=None, mandate=None, metadata=params.get("metadata", {}), next_action=None, on_behalf_of=None,
        payment_method=None, payment_method_options={}, payment_method_types=params.get("payment_method_types") or ["card"],
        single_use_mandate=None, status="requires_payment_method", usage=params.get("usage") or "off_session",
    )  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{token(25, intent['id'])}"
    if params.get("payment_method"):
        intent |= {"payment_method": payment_method(params["payment_method"])["id"], "status": "requires_confirmation"}
    record(request, "setup_intent.created", keep("setup_intents", intent))
    return confirm_setup(request, intent) if params.get("confirm") else intent


def confirm_setup_intent(request, params):
    intent = find("setup_intents", request.path["id"])
    if params.get("payment_method"):
        intent["payment_method"] = payment_method(params["payment_method"])["id"]
    return confirm_setup(request, intent)


def confirm_setup(request, intent):
    if intent["customer"]:
        attach(request, intent["payment_method"], intent["customer"])
    intent["status"] = "succeeded"
    record(request, "setup_intent.succeeded", keep("setup_intents", intent))
    return intent
