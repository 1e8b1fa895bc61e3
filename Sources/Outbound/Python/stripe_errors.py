"""Stripe's errors, in its own shape."""


class StripeError(Exception):
    # What happened before it stays: a declined card leaves a failed charge.
    keeps_changes = False

    def __init__(self, status, kind, message, code=None, param=None, **more):
        super().__init__(message)
        self.status = status
        self.body = {"type": kind, "message": message}
        if code:
            self.body["code"] = code
            self.body["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.body["param"] = param
        self.body |= more

    @property
    def is_saved(self):
        """Whether an idempotency key answers with this again: not where the request was refused before it began."""
        return self.body["type"] not in ("invalid_request_error", "idempotency_error")


def invalid(message, param=None, code=None, status=400):
    return StripeError(status, "invalid_request_error", message, code, param)


def missing(param):
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


def no_such(kind, id, param=None):
    """404 for the object that the URL names, 400 for one that a parameter names."""
    return invalid(f"No such {kind}: '{id}'", param or "id", "resource_missing", 400 if param else 404)


def unsupported(what):
    """Stripe does this, the stand-in does not."""
    return StripeError(
        501, "api_error", f"The emulator's stand-in for api.stripe.com does not emulate {what} yet.",
        "stand_in_unsupported",
    )  # fmt: skip
