"""Stripe's test cards and what each does."""

from .errors import StripeError, invalid

DECLINES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "fraudulent": "Your card was declined.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "incorrect_number": "Your card number is incorrect.",
}  # fmt: skip
# These are error codes of their own; the others are `card_declined` with a decline code.
OWN_CODES = ("expired_card", "incorrect_cvc", "processing_error", "incorrect_number")


class Card:
    def __init__(self, number, brand, *names, decline=None, attaches=True, authenticates=False):
        self.number, self.brand, self.names = number, brand, names
        self.decline, self.attaches, self.authenticates = decline, attaches, authenticates

    def error(self, charge=None, intent=None):
        """402, or None for a card that pays."""
        if self.decline is None:
            return None
        more = {"charge": charge} if charge else {}
        if intent:
            more["payment_intent"] = intent
        if self.decline in OWN_CODES:
            code = self.decline
        else:
            code, more["decline_code"] = "card_declined", self.decline
        param = {"incorrect_cvc": "cvc", "expired_card": "exp_month", "incorrect_number": "number"}.get(self.decline)
        return StripeError(402, "card_error", DECLINES[self.decline], code, param, **more)

    def check_attach(self):
        if not self.attaches:
            raise self.error()


CARDS = [
    Card("4242424242424242", "visa", "visa"),
    Card("4000056655665556", "visa", "visa_debit"),
    Card("5555555555554444", "mastercard", "mastercard"),
    Card("5200828282828210", "mastercard", "mastercard_debit"),
    Card("378282246310005", "amex", "amex"),
    Card("6011111111111117", "discover", "discover"),
    Card("4000000000000077", "visa", "bypassPending"),
    Card("4000000000000002", "visa", "visa_chargeDeclined", "chargeDeclined", decline="generic_decline", attaches=False),
    Card("4000000000009995", "visa", "visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds",
         decline="insufficient_funds", attaches=False),
    Card("4000000000009987", "visa", "visa_chargeDeclinedLostCard", decline="lost_card", attaches=False),
    Card("4000000000009979", "visa", "visa_chargeDeclinedStolenCard", decline="stolen_card", attaches=False),
    Card("4000000000000069", "visa", "chargeDeclinedExpiredCard", decline="expired_card", attaches=False),
    Card("4000000000000127", "visa", "chargeDeclinedIncorrectCvc", decline="incorrect_cvc", attaches=False),
    Card("4000000000000119", "visa", "chargeDeclinedProcessingError", decline="processing_error", attaches=False),
    Card("4100000000000019", "visa", "radarBlock", "chargeDeclinedFraudulent", decline="fraudulent", attaches=False),
    Card("4000000000006975", "visa", "visa_chargeDeclinedVelocityLimitExceeded", decline="card_velocity_exceeded",
         attaches=False),
    Card("4000000000000341", "visa", "chargeCustomerFail", decline="generic_decline"),
    Card("4000002500003155", "visa", "authenticationRequiredOnSetup", authenticates=True),
    Card("4000002760003184", "visa", "authenticationRequired", "threeDSecure2Required", authenticates=True),
]  # fmt: skip


def card_of(number, or_none=False):
    """A card by its number, or by the name of a test payment method or token (`pm_card_visa`, `tok_visa`)."""
    number = str(number).replace(" ", "").replace("-", "")
    name = number.removeprefix("pm_card_").removeprefix("tok_")
    for card in CARDS:
        if number == card.number or (name != number and name in card.names):
            return card
    if or_none:
        return None
    if number.startswith("tok_"):
        raise invalid(f"No such token: '{number}'", "card[token]", "resource_missing")
    raise StripeError(
        402, "card_error",
        "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test "
        "cards, visit: https://stripe.com/docs/testing.", "card_declined", "number", decline_code="test_mode_live_card",
    )  # fmt: skip
