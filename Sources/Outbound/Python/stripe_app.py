"""api.stripe.com, offline: https://stripe.com/docs/api, as far as `routes.py` lists it.

State is real: objects refer to each other, checkout has a page, subscriptions renew as the emulator's clock goes on,
and events are signed and delivered. Amounts know discounts, tax rates and prorations. Objects have the shape of the
`Stripe-Version` that asks; events that of the endpoint they go to.
"""

import base64
import hashlib
import json
import re
import traceback
from urllib.parse import unquote

from altan_standin import new_id, now, store

from . import clock, console, forms
from .errors import StripeError, invalid, unsupported
from .events import deliver_later
from .expand import expand
from .routes import ROUTES
from .shapes import NEWEST, shaped

HOSTS = ["api.stripe.com"]


class Request:
    """One call of the API."""

    def __init__(self, method, path, headers):
        self.method, self.url = method, path
        self.id = new_id("req_", 14)
        self.path = {}
        self.events = []
        self.idempotency_key = headers.get("idempotency-key") or None
        self.version = headers.get("stripe-version", "").split(";")[0] or None
        self.key = bearer(headers.get("authorization", ""))
        # Stripe's answers are made to be read; its libraries do not read them, and wait for the extra work.
        self.indent = None if "x-stripe-client-user-agent" in headers else 2


def bearer(authorization):
    kind, _, value = authorization.partition(" ")
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except ValueError:
            return ""
    return value.strip()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    if scope["path"].startswith("/_emulator/"):
        status, answer_headers, content = await console.answer(
            scope["method"], scope["path"][11:], query, body, headers
        )
    else:
        status, answer_headers, content = api(scope["method"], scope["path"], query, body, headers)
    answer_headers = [(name.encode(), value.encode()) for name, value in answer_headers.items()]
    answer_headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": answer_headers})
    await send({"type": "http.response.body", "body": content})


def api(method, path, query, body, headers):
    """Answers a call of the API: status, headers, bytes."""
    with store.transaction():
        request = Request(method, path, headers)
        extra = {}
        try:
            deliver_later(clock.tick(now()))
            check_key(request.key)
            text = query if method in ("GET", "DELETE") and not body else body.decode("utf-8", "replace")
            status, content, replayed = idempotent(request, text, lambda: run(request, text))
            if replayed:
                extra["idempotent-replayed"] = "true"
        except StripeError as error:
            status, content = error.status, rendered_error(request, error)
        except Exception:
            traceback.print_exc()
            error = StripeError(
                500, "api_error", "The stand-in for api.stripe.com has a bug; its log has the traceback."
            )
            status, content = 500, rendered_error(request, error)
        if request.events and status < 500:
            deliver_later(request.events)
    extra |= {
        "content-type": "application/json", "request-id": request.id, "stripe-should-retry": "false",
        "stripe-version": request.version or NEWEST, "access-control-allow-origin": "*",
    }  # fmt: skip
    if request.idempotency_key:
        extra["idempotency-key"] = request.idempotency_key
        extra["original-request"] = request.id
    return status, extra, content


def check_key(key):
    """- Raises: StripeError (401). Live keys are refused: a stand-in never sees money."""
    if not key:
        raise StripeError(
            401, "invalid_request_error",
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
            "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )  # fmt: skip
    hidden = key[:8] + "*" * max(len(key) - 12, 0) + key[-4:] if len(key) > 12 else "*" * len(key)
    if re.match(r"(sk|rk)_live_", key):
        raise StripeError(
            401, "invalid_request_error",
            f"This is a live key ({hidden}). The emulator's stand-in takes test keys only: sk_test_ or rk_test_ and "
            "anything after it.",
        )  # fmt: skip
    if key.startswith("pk_"):
        raise StripeError(
            401, "invalid_request_error",
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list "
            "of your API keys at https://dashboard.stripe.com/account/apikeys.", "secret_key_required",
        )  # fmt: skip
    if not re.fullmatch(r"(sk|rk)_test_\w+", key):
        raise StripeError(401, "invalid_request_error", f"Invalid API Key provided: {hidden}")


def idempotent(request, text, run):
    """Runs a POST once for each key: later ones get the first answer, with other parameters an error.
    Returns status, bytes, and whether they are a replay."""
    if request.method != "POST" or not request.idempotency_key:
        return *run(), False
    if len(request.idempotency_key) > 255:
        raise StripeError(400, "idempotency_error", "Keys for idempotent requests may be at most 255 characters long.")
    key = hashlib.sha256(f"{request.key}|{request.idempotency_key}".encode()).hexdigest()
    print_of_call = f"{request.url}|{hashlib.sha256(text.encode()).hexdigest()}"
    kept = store.get("idempotency", key)
    if kept is not None and now() - kept["at"] < 86400:
        if kept["call"].split("|")[0] != request.url:
            raise StripeError(
                400, "idempotency_error",
                f"Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{kept['call'].split('|')[0]}' instead of '{request.url}'). Try using a key other than "
                f"'{request.idempotency_key}' if you meant to execute a different request.",
            )  # fmt: skip
        if kept["call"] != print_of_call:
            raise StripeError(
                400, "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{request.idempotency_key}' if you meant to execute a different request.",
            )  # fmt: skip
        return kept["status"], kept["content"].encode(), True
    try:
        status, content = run()
    except StripeError as error:
        if not error.is_saved:
            raise
        status, content = error.status, rendered_error(request, error)
    store.put("idempotency", key, {"call": print_of_call, "status": status, "content": content.decode(), "at": now()})
    return status, content, False


def run(request, text):
    """Finds the endpoint, checks the parameters, calls it in a transaction of its own. Returns status and bytes."""
    handler, grammar = find_route(request)
    params = forms.decode(text)
    paths = params.get("expand", [])
    checked = forms.checked(params, grammar)
    checked.pop("expand", None)
    if request.version:
        check_version(request.version)
    try:
        with store.transaction():
            result = handler(request, checked)
    except StripeError as error:
        if not error.keeps_changes:
            request.events.clear()
        raise
    result = expand(hidden(result), paths)
    return 200, rendered(request, shaped(result, request.version or NEWEST))


def check_version(version):
    if not re.match(r"\d{4}-\d{2}-\d{2}", version):
        raise invalid(f"Invalid Stripe API version: {version}")
    if version != (store.get("settings", "version") or {}).get("value"):
        store.put("settings", "version", {"value": version})


def find_route(request):
    for pattern, handler, grammar in ROUTES[request.method]:
        found = pattern.fullmatch(request.url)
        if found:
            request.path = {name: unquote(value) for name, value in found.groupdict().items()}
            return handler, grammar
    is_known = re.match(r"/v[12]/\w+", request.url) and request.url.split("/")[2] in KNOWN_RESOURCES
    if is_known and request.method in ("GET", "POST", "DELETE"):
        raise unsupported(f"{request.method} {request.url}")
    raise invalid(
        f"Unrecognized request URL ({request.method}: {request.url}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.", status=404,
    )  # fmt: skip


# What Stripe has, so that what the stand-in lacks is named as that.
KNOWN_RESOURCES = frozenset(
    "account accounts account_links account_sessions apple_pay application_fees apps balance balance_transactions billing "
    "billing_portal charges checkout climate confirmation_tokens core country_specs coupons credit_notes "
    "customer_sessions customers disputes entitlements ephemeral_keys events exchange_rates external_accounts file_links "
    "files financial_connections forwarding identity invoice_payments invoice_rendering_templates invoiceitems invoices "
    "issuing mandates payment_intents payment_links payment_method_configurations payment_method_domains payment_methods "
    "payouts plans prices products promotion_codes quotes radar refunds reporting reviews setup_attempts setup_intents "
    "shipping_rates sigma sources subscription_items subscription_schedules subscriptions tax tax_codes tax_ids tax_rates "
    "terminal test_helpers tokens topups transfers treasury webhook_endpoints".split()
)


def hidden(value):
    """Without what is the stand-in's own: names that begin with an underscore."""
    if isinstance(value, dict):
        return {name: hidden(item) for name, item in value.items() if not name.startswith("_")}
    return [hidden(item) for item in value] if isinstance(value, list) else value


def rendered(request, value):
    return json.dumps(value, indent=request.indent).encode()


def rendered_error(request, error):
    body = dict(error.body)
    if not isinstance(body.get("payment_intent"), (dict, type(None))):
        del body["payment_intent"]
    return rendered(request, {"error": shaped(hidden(body), request.version or NEWEST)})
