"""Items of subscriptions, as objects of their own."""

from altan_standin import store

from .errors import missing, no_such
from .objects import find, listing
from .subscription_changes import update_subscription
from .subscriptions import ITEM

BILLING = "proration_behavior, proration_date:int, payment_behavior, off_session:bool, expand:list"
CREATE = f"subscription!, {ITEM}, {BILLING}"
UPDATE = f"{ITEM}, {BILLING}"
DELETE = "proration_behavior, proration_date:int, clear_usage:bool"
OF_ITEM = ("price", "price_data", "quantity", "metadata", "tax_rates")


def list_items(request, params):
    subscription = find("subscriptions", params["subscription"], "subscription")
    return listing("/v1/subscription_items", subscription["items"]["data"][::-1], params)


def located(id):
    """The subscription that an item belongs to, and the item."""
    for subscription in store.all("subscriptions"):
        for item in subscription["items"]["data"]:
            if item["id"] == id:
                return subscription, item
    raise no_such("subscription_item", id)


def get(request, params):
    return located(request.path["id"])[1]


def create(request, params):
    if not params.get("price") and not params.get("price_data"):
        raise missing("price")
    subscription = find("subscriptions", params["subscription"], "subscription")
    known = {item["id"] for item in subscription["items"]["data"]}
    items = change(request, subscription, {}, params)["items"]["data"]
    return next(item for item in items if item["id"] not in known)


def update(request, params):
    id = request.path["id"]
    subscription, _ = located(id)
    changed = change(request, subscription, {"id": id}, params)
    return next(item for item in changed["items"]["data"] if item["id"] == id)


def delete(request, params):
    id = request.path["id"]
    subscription, _ = located(id)
    change(request, subscription, {"id": id, "deleted": True}, params)
    return {"id": id, "object": "subscription_item", "deleted": True}


def change(request, subscription, item, params):
    """Changes the subscription, which an item cannot be without."""
    request.path = {"id": subscription["id"]}
    item = item | {name: params[name] for name in OF_ITEM if name in params}
    rest = {name: value for name, value in params.items() if name not in (*OF_ITEM, "subscription")}
    return update_subscription(request, rest | {"items": [item]})
