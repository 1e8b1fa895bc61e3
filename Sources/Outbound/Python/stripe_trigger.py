"""`stripe trigger`: makes an event happen by ordinary steps, so that it comes from state."""

from . import catalog, checkout, forms, payments
from .cards import card_of
from .clock import remind
from .errors import StripeError
from .objects import find, keep, seconds
from .routes import TABLE


def run(request, event, overrides):
    """- Raises: StripeError for an event that there is no recipe for, and ValueError for an override of nothing."""
    recipe = RECIPES.get(event)
    if recipe is None:
        raise StripeError(
            400, "invalid_request_error",
            f"There is no trigger for '{event}'. There are: {', '.join(sorted(RECIPES))}.",
        )  # fmt: skip
    recipe(Steps(request, dict(overrides)))


class Steps:
    """Calls the API as an SDK would, with what the caller overrides in each step's parameters.

    `customer:email=x` is for the step of that name; a path without a name is for the recipe's main step."""

    def __init__(self, request, overrides):
        self.request = request
        self.overrides = overrides

    def given(self, name):
        return self.overrides.get(name)

    def call(self, method, path, step, main=False, **params):
        for target, value in self.overrides.items():
            prefix, colon, rest = target.partition(":")
            if colon and prefix == step:
                put(params, rest, value)
            elif not colon and main:
                put(params, target, value)
        for candidate, pattern, handler, grammar in TABLE:
            if (candidate, pattern) == (method, path.partition("?")[0]):
                return handler(self.request, forms.checked(texts(params), grammar))
        raise ValueError(f"no endpoint {method} {path}")

    def customer(self, main=False):
        return self.call(
            "POST", "/v1/customers", "customer", main, email="jenny@example.com", name="Jenny Rosen",
            description="(created by altan-emulator)",
        )  # fmt: skip

    def card(self, customer, number="4242424242424242"):
        method = keep("payment_methods", catalog.new_payment_method(number, {"email": customer["email"]}))
        return catalog.attach(self.request, method["id"], customer["id"])

    def price(self, recurring):
        product = self.call("POST", "/v1/products", "product", name="myproduct")
        more = {"recurring": {"interval": "month"}} if recurring else {}
        return self.call("POST", "/v1/prices", "price", product=product["id"], currency="usd", unit_amount=1500, **more)

    def session(self):
        mode = self.given("mode") or self.given("checkout_session:mode") or "payment"
        price = self.price(mode == "subscription")
        lines = [] if mode == "setup" else [{"price": price["id"], "quantity": 1 if mode == "subscription" else 2}]
        return self.call(
            "POST", "/v1/checkout/sessions", "checkout_session", True, mode=mode, line_items=lines,
            success_url="https://example.com/success", cancel_url="https://example.com/cancel",
        )  # fmt: skip

    def paid_session(self):
        session = self.session()
        return checkout.pay(self.request, find("sessions", session["id"]), "4242424242424242")

    def subscription(self, card="4242424242424242", main=True, **params):
        customer = self.customer()
        self.card(customer, card)
        price = self.price(True)
        return self.call(
            "POST",
            "/v1/subscriptions",
            "subscription",
            main,
            customer=customer["id"],
            items=[{"price": price["id"]}],
            **params,
        )

    def updated_subscription(self):
        subscription = self.subscription(main=False)
        self.request.path = {"id": subscription["id"]}
        self.overrides.setdefault("metadata.foo", "bar")
        return self.call("POST", "/v1/subscriptions/{id}", "subscription", True)

    def payment(self, number, main=True, **params):
        method = keep("payment_methods", catalog.new_payment_method(number))
        intent = self.call("POST", "/v1/payment_intents", "payment_intent", main, amount=2000, currency="usd", **params)
        try:
            return payments.confirm(self.request, intent, {"payment_method": method["id"]})
        except StripeError as error:
            if card_of(number).decline is None or error.status != 402:
                raise
            return intent

    def refund(self):
        intent = self.payment("4242424242424242", main=False)
        return self.call("POST", "/v1/refunds", "refund", True, payment_intent=intent["id"])

    def failed_invoice(self):
        return self.subscription("4000000000000341")

    def at(self, path, id, method="POST", main=True, **params):
        self.request.path = {"id": id}
        return self.call(method, path, "update", main, **params)


def put(params, path, value):
    """Sets `a.b.0.c`, and `a[b]` just as well."""
    steps = path.replace("[", ".").replace("]", "").split(".")
    place = params
    for step, following in zip(steps, steps[1:], strict=False):
        key = int(step) if isinstance(place, list) else step
        if isinstance(place, list) and key >= len(place):
            place.append({})
        if not isinstance(place, list) and not isinstance(place.get(key), (dict, list)):
            place[key] = [] if following.isdigit() else {}
        place = place[key]
    if isinstance(place, list):
        place.append(value)
    else:
        place[steps[-1]] = value


def texts(value):
    """Parameters as a form holds them."""
    if isinstance(value, dict):
        return {name: texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


RECIPES = {
    "checkout.session.completed": Steps.paid_session,
    "checkout.session.expired": lambda steps: checkout.expire(steps.request, steps.session()),
    "customer.created": lambda steps: steps.customer(True),
    "customer.updated": lambda steps: steps.at("/v1/customers/{id}", steps.customer()["id"], description="changed"),
    "customer.deleted": lambda steps: steps.at("/v1/customers/{id}", steps.customer(True)["id"], "DELETE", False),
    "customer.subscription.created": Steps.subscription,
    "customer.subscription.updated": Steps.updated_subscription,
    "customer.subscription.deleted": lambda steps: steps.at(
        "/v1/subscriptions/{id}", steps.subscription()["id"], "DELETE", False
    ),
    "customer.subscription.trial_will_end": lambda steps: remind(
        steps.request, steps.subscription(trial_period_days=2), seconds()
    ),
    "invoice.created": Steps.subscription,
    "invoice.finalized": Steps.subscription,
    "invoice.paid": Steps.subscription,
    "invoice.payment_succeeded": Steps.subscription,
    "invoice.payment_failed": Steps.failed_invoice,
    "payment_intent.created": lambda steps: steps.payment("4242424242424242"),
    "payment_intent.succeeded": lambda steps: steps.payment("4242424242424242"),
    "payment_intent.payment_failed": lambda steps: steps.payment("4000000000000002"),
    "payment_intent.requires_action": lambda steps: steps.payment("4000002760003184"),
    "charge.succeeded": lambda steps: steps.payment("4242424242424242"),
    "charge.failed": lambda steps: steps.payment("4000000000000002"),
    "charge.refunded": Steps.refund,
    "refund.created": Steps.refund,
    "payment_method.attached": lambda steps: steps.card(steps.customer(True)),
    "product.created": lambda steps: steps.call("POST", "/v1/products", "product", True, name="myproduct"),
    "price.created": lambda steps: steps.price(False),
    "setup_intent.succeeded": lambda steps: steps.call(
        "POST", "/v1/setup_intents", "setup_intent", True, payment_method="pm_card_visa", confirm=True
    ),
}
