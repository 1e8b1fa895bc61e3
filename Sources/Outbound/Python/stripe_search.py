"""Searches: `email:"a@b.c" AND metadata["plan"]:"pro"`, as https://stripe.com/docs/search has them."""

import re

from altan_standin import store

from .errors import invalid

# What can be searched for, by collection; metadata always can.
FIELDS = {
    "charges": "amount billing_details.address.postal_code created currency customer disputed refunded status "
    "payment_method_details.card.brand payment_method_details.card.exp_month payment_method_details.card.exp_year "
    "payment_method_details.card.fingerprint payment_method_details.card.last4",
    "customers": "created email name phone",
    "invoices": "created currency customer number receipt_number status subscription total",
    "payment_intents": "amount created currency customer status",
    "prices": "active currency lookup_key product type",
    "products": "active description name shippable url",
    "subscriptions": "created status",
}
CLAUSE = re.compile(
    r"""\s*(-?)([a-z_.]+)(?:\[(["'])(.*?)\3\])?\s*(>=|<=|:|~|>|<)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.+-]+)"""
)
JOINT = re.compile(r"\s+(AND|OR)\s+|\s*$|\s+(?=\S)")


def endpoint(collection):
    """`GET /v1/{collection}/search`."""

    def run(request, params):
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise invalid(f"Invalid integer: {limit} must be between 1 and 100", "limit")
        matches = parsed(params["query"], collection)
        found = [object for object in reversed(store.all(collection)) if matches(object)]
        page = params.get("page") or "0"
        start = int(page) if page.isdigit() else 0
        more = len(found) > start + limit
        return {
            "object": "search_result", "data": found[start : start + limit], "has_more": more,
            "next_page": str(start + limit) if more else None, "url": f"/v1/{collection}/search",
        }  # fmt: skip

    return run


def parsed(query, collection):
    """A test of objects.

    - Raises: StripeError for what is no query."""
    tests, joints, at = [], set(), 0
    while True:
        found = CLAUSE.match(query, at)
        if found is None:
            raise unreadable()
        tests.append(test(found, collection))
        joint = JOINT.match(query, found.end())
        if joint is None:
            raise unreadable()
        at = joint.end()
        if at == len(query):
            break
        joints.add(joint[1] or "AND")
    if len(joints) > 1:
        raise invalid("You cannot combine AND and OR in one search query.", "query")
    combined = any if joints == {"OR"} else all
    return lambda object: not object.get("deleted") and combined(test(object) for test in tests)


def unreadable():
    return invalid(
        'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for metadata '
        'or key:"value" to query for other fields.', "query",
    )  # fmt: skip


def test(clause, collection):
    negated, field, _, key, operator, text = clause.groups()
    value = re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] in "\"'" else text
    if field != "metadata" and field not in FIELDS[collection].split():
        raise invalid(f"Field `{field}` is an unsupported search field for resource `{collection}`.", "query")
    if (field == "metadata") != (key is not None):
        raise unreadable()
    if operator == "~" and len(value) < 3:
        raise invalid("Substring searches need at least three characters.", "query")

    def run(object):
        return holds(held(object, field, key), operator, value, is_null=text == "null") != bool(negated)

    return run


def held(object, field, key):
    if key is not None:
        return (object.get("metadata") or {}).get(key)
    if object["object"] == "invoice" and field == "subscription":
        return ((object.get("parent") or {}).get("subscription_details") or {}).get("subscription")
    for step in field.split("."):
        object = (object or {}).get(step)
    return object


def holds(held, operator, value, is_null):
    if is_null:
        return held is None
    if held is None:
        return False
    if operator == "~":
        return value.lower() in str(held).lower()
    if isinstance(held, bool):
        return operator == ":" and value == str(held).lower()
    if isinstance(held, int):
        try:
            number = float(value)
        except ValueError:
            return False
        return {
            ":": held == number,
            ">": held > number,
            "<": held < number,
            ">=": held >= number,
            "<=": held <= number,
        }[operator]
    return operator == ":" and str(held).lower() == value.lower()
