"""Known ways in which libraries break code that was right for another release of theirs: what Python says about it, and
the line that helps. Each was seen with real releases; the code is right, its words are only hard to read."""

import re

PITFALLS = [
    (
        r"'builtin_function_or_method' object has no attribute 'data'",
        "Before stripe 15 a Stripe object is a dict, so that `subscription.items` is dict's method. "
        'Write `subscription["items"].data`: it works with every release.',
    ),
    (
        r"module 'stripe' has no attribute 'error'",
        "`stripe.error` is missing from stripe 13.0.0 to 14.0.0. Write `stripe.StripeError` and "
        "`stripe.SignatureVerificationError` (7.8 and later), or pin another release.",
    ),
    (
        r"Object of type \w*(StripeObject|Subscription|Session|Customer|Price|ListObject) is not JSON serializable",
        "Since stripe 15 a Stripe object is no dict, and an empty one is true. "
        "Write `json.loads(str(value))`, or `value.to_dict()` with stripe 15 and later.",
    ),
    (
        r"'\w+' is a dict method, but an? \w+ is not a dict|AttributeError: get\b|^\{\"detail\":\"get\"\}$",
        "Since stripe 15 a Stripe object is no dict and has no `get`. Take the event as data: "
        '`obj = json.loads(payload)["data"]["object"]`.',
    ),
    (
        r"openai\.\w+, but this is no longer supported|module 'openai' has no attribute '(ChatCompletion|Completion|Embedding)'",
        "Since openai 1.0 calls go through a client: `OpenAI().chat.completions.create(…)`. The old form needs openai<1.",
    ),
    (
        r"unexpected keyword argument '(proxies|proxy)'",
        "httpx 0.28 took `proxies` away. A client library here is older than that: leave its version open, or require "
        '"httpx<0.28".',
    ),
    (
        r"`regex` is removed\. use `pattern` instead",
        "pydantic 2 calls it `pattern`: `Field(pattern=…)`.",
    ),
    (
        r"Object of type (UUID|datetime|date|Decimal) is not JSON serializable",
        "supabase-py sends plain JSON: give it `model.model_dump(mode=\"json\")`, or `str(value)`.",
    ),
    (
        r"asyncio\.run\(\) cannot be called from a running event loop",
        "A service is imported and run inside the event loop: `await` the coroutine in an endpoint or a startup handler.",
    ),
    (
        r"No signatures found matching the expected signature for payload",
        "The webhook's secret is another one than the sender's, or the body was changed before it was checked: verify "
        "`await request.body()`, not parsed JSON.",
    ),
]  # fmt: skip

COMPILED = [(re.compile(pattern), hint) for pattern, hint in PITFALLS]


def find(text):
    """The hint for an error's text; None where none is known."""
    for pattern, hint in COMPILED:
        if pattern.search(text):
            return hint
    return None


def header(hint):
    """As a header field's value."""
    return hint.encode("ascii", "replace").replace(b"\n", b" ")
