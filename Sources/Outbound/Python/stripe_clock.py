"""What happens because time goes on: periods end, trials end, sessions expire, drafts of invoices are finalized."""

from altan_standin import Context, context, store

from . import checkout, invoice_api, subscriptions
from .events import record
from .objects import due_at, next_due

LONGEST = 500


class Passing:
    """Stands for the request where none caused what happens."""

    id, idempotency_key = None, None

    def __init__(self):
        self.events = []


def tick(moment):
    """Catches up with the clock, each thing at its own time. Returns the events that happened."""
    request = Passing()
    known = next_due()
    if known is None or moment < known:
        return []
    caller = context.get()
    for session in store.all("sessions"):
        if session["status"] == "open" and session["expires_at"] <= moment:
            at(session["expires_at"], lambda session=session: checkout.expire(request, session))
    for invoice in store.all("invoices"):
        due = due_at(invoice)
        if due is not None and due <= moment:
            at(due, lambda invoice=invoice: invoice_api.advance(request, invoice))
    for subscription in store.all("subscriptions"):
        remind(request, subscription, moment)
    for _ in range(LONGEST):
        late = list(subscriptions.due(moment))
        if not late:
            break
        for subscription in late:
            at(
                subscriptions.period(subscription)[1],
                lambda subscription=subscription: pass_period(request, subscription, moment),
            )
    context.set(caller)
    moments = [due_at(object) for name in ("sessions", "subscriptions", "invoices") for object in store.all(name)]
    store.put("settings", "due", {"at": min((moment for moment in moments if moment is not None), default=None)})
    return request.events


def pass_period(request, subscription, moment):
    ends = subscription["cancel_at"]
    if (
        ends
        and not subscription["cancel_at_period_end"]
        and ends <= moment
        and ends <= subscriptions.period(subscription)[1]
    ):
        subscriptions.cancel(request, subscription)
    else:
        subscriptions.renew(request, subscription)


def remind(request, subscription, moment):
    """Three days before a trial ends, once."""
    end = subscription["trial_end"]
    if subscription["status"] == "trialing" and end - 3 * 86400 <= moment and not subscription.get("_reminded"):
        store.put("subscriptions", subscription["id"], subscription | {"_reminded": True})
        record(request, "customer.subscription.trial_will_end", subscription)


def at(moment, action):
    """Does something as if it were that moment."""
    before = context.get()
    context.set(Context(before.cloud, before.service, before.base_url, moment))
    try:
        action()
    finally:
        context.set(before)
