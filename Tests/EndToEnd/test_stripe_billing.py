"""Billing by Stripe's own library: what modules do with it beside a checkout, each offline."""

import pytest
from emulator import SEEDS, Emulator, eventually
from third_party import LABORATORY, STRIPE, experiment

# What the experiments share.
PRELUDE = """
import os, stripe
stripe.api_key = os.environ["STRIPE_SECRET_KEY"]
def price(amount=1000, interval="month", name="Basic"):
    return stripe.Price.create(
        currency="usd", unit_amount=amount, recurring={"interval": interval}, product_data={"name": name})
def customer(**more):
    return stripe.Customer.create(email="ann@example.com", payment_method="pm_card_visa", **more)
def subscribe(price, who=None, **more):
    who = who or customer()
    return stripe.Subscription.create(customer=who.id, items=[{"price": price.id}], **more)
def refusal(call):
    try:
        call()
    except stripe.StripeError as error:
        # Of errors that are none of the caller's, the library keeps neither.
        return [error.http_status, error.code, getattr(error, "param", None)]
"""


@pytest.fixture(scope="module")
def billing():
    with Emulator(seed=SEEDS / "payments") as emulator:
        assert emulator.deploy("laboratory", LABORATORY).status == 200
        emulator.request("POST", "/_emulator/mark", {})
        yield emulator


@pytest.fixture
def fresh(billing):
    billing.reset()
    return billing


def does(emulator, body: str):
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    answer = experiment(emulator, f"{PRELUDE}\ndef experiment():\n{lines}")
    assert not (isinstance(answer, dict) and "error" in answer), answer
    return answer


def pay(emulator, session: str, **more) -> dict:
    """What the customer does on the payment page."""
    answer = emulator.request("POST", f"{STRIPE}/pay/{session}", more)
    assert answer.status == 200, answer.text
    return answer.json()["session"]


# Discounts and taxes


def test_a_promotion_code_on_the_payment_page_takes_its_part_once(billing):
    session = does(
        billing,
        """
coupon = stripe.Coupon.create(percent_off=25.5, duration="once")
stripe.PromotionCode.create(promotion={"type": "coupon", "coupon": coupon.id}, code="FALL20", max_redemptions=1)
return stripe.checkout.Session.create(
    mode="subscription", line_items=[{"price": price().id, "quantity": 2}], allow_promotion_codes=True,
    success_url="https://a.test/s").id
""",
    )
    page = billing.get(f"{STRIPE}/pay/{session}").text
    assert 'name="promotion_code"' in page
    wrong = billing.request("POST", f"{STRIPE}/pay/{session}", {"promotion_code": "WINTER"})
    assert wrong.status == 400 and wrong.json()["message"] == "This code is invalid."
    paid = pay(billing, session, promotion_code="fall20")
    assert (paid["amount_subtotal"], paid["amount_total"], paid["total_details"]["amount_discount"]) == (
        2000,
        1490,
        510,
    )
    facts = does(
        billing,
        f"""
session = stripe.checkout.Session.retrieve({session!r}, expand=["invoice", "subscription"])
invoice, code = session.invoice, stripe.PromotionCode.list(code="FALL20").data[0]
line = invoice.lines.data[0]
return {{
    "invoice": [invoice.subtotal, invoice.total, invoice.amount_paid, [d.amount for d in invoice.total_discount_amounts]],
    "line": [line.amount, [d.amount for d in line.discount_amounts]], "left": session.subscription.discounts,
    "redeemed": [code.times_redeemed, stripe.Coupon.retrieve(code.promotion.coupon).times_redeemed],
    "again": refusal(lambda: subscribe(price(), discounts=[{{"promotion_code": code.id}}])),
}}
""",
    )
    assert facts == {
        "invoice": [2000, 1490, 1490, [510]],
        "line": [2000, [510]],
        "left": [],
        "redeemed": [1, 1],
        "again": [400, "promotion_code_invalid", "promotion_code"],
    }


def renewals(emulator, subscription: str, months: int) -> list[int]:
    """What each month's invoice came to, oldest first."""
    for month in range(1, months + 1):
        emulator.request("POST", "/_emulator/clock", {"advance_seconds": 31 * 86400})

        def renewed(month=month):
            listed = f"return [i.total for i in stripe.Invoice.list(subscription={subscription!r}).data]"
            totals = does(emulator, listed)
            return totals if len(totals) > month else None

        totals = eventually(renewed)
    return totals[::-1]


@pytest.mark.parametrize(
    ("coupon", "totals"),
    [
        ("percent_off=50, duration='once'", [500, 1000, 1000, 1000]),
        ("percent_off=50, duration='repeating', duration_in_months=2", [500, 500, 1000, 1000]),
        ("amount_off=300, currency='usd', duration='forever'", [700, 700, 700, 700]),
    ],
)
def test_a_discount_lasts_as_long_as_its_coupon_says(fresh, coupon, totals):
    subscription = does(
        fresh, f"return subscribe(price(), discounts=[{{'coupon': stripe.Coupon.create({coupon}).id}}]).id"
    )
    assert renewals(fresh, subscription, 3) == totals


def test_discounts_and_codes_have_the_shape_of_their_version(billing):
    facts = does(
        billing,
        """
coupon = stripe.Coupon.create(percent_off=10, duration="forever", name="Ten")
made = subscribe(price(), discounts=[{"coupon": coupon.id}], expand=["discounts", "latest_invoice"])
old = stripe.Subscription.retrieve(made.id, stripe_version="2024-06-20")
older = stripe.Invoice.retrieve(made.latest_invoice.id, stripe_version="2024-06-20")
return {
    "new": [made.discounts[0].source.coupon, "coupon" in made.discounts[0]],
    "old": [old.discount.coupon.name, older.discount.coupon.id == coupon.id],
    "param": refusal(lambda: subscribe(price(), coupon=coupon.id)),
    "old param": subscribe(price(), coupon=coupon.id, stripe_version="2024-06-20").discount.coupon.name,
    "cleared": stripe.Subscription.modify(made.id, discounts="").discounts,
}
""",
    )
    assert facts["new"][1] is False
    assert facts["old"] == ["Ten", True]
    assert facts["param"] == [400, "parameter_unknown", "coupon"]
    assert (facts["old param"], facts["cleared"]) == ("Ten", [])


COUPONS = [
    ("Coupon.create(duration='once')", [400, None, "percent_off"]),
    ("Coupon.create(percent_off=101, duration='once')", [400, None, "percent_off"]),
    ("Coupon.create(amount_off=5)", [400, "parameter_missing", "currency"]),
    ("Coupon.create(percent_off=5, duration='repeating')", [400, None, "duration_in_months"]),
    ("Coupon.create(percent_off=5, currency_options={'usd': {'amount_off': 1}})", [501, None, None]),
    ("PromotionCode.create(promotion={'type': 'coupon', 'coupon': 'none'})", [400, "resource_missing", "promotion[coupon]"]),
    ("TaxRate.create(display_name='VAT', percentage=101, inclusive=False)", [400, None, "percentage"]),
]  # fmt: skip


@pytest.mark.parametrize(("call", "expected"), COUPONS)
def test_what_is_no_coupon_is_refused(billing, call, expected):
    assert does(billing, f"return refusal(lambda: stripe.{call})") == expected


def test_tax_rates_are_on_top_or_within(billing):
    facts = does(
        billing,
        """
on_top, within = (stripe.TaxRate.create(display_name="VAT", percentage=19, inclusive=i) for i in (False, True))
def sell(rate):
    return stripe.checkout.Session.create(
        mode="payment", success_url="https://a.test/s", line_items=[{"quantity": 1, "tax_rates": [rate.id], "price_data": {
            "currency": "eur", "unit_amount": 1190, "product_data": {"name": "Hat"}}}])
sold = [sell(rate) for rate in (on_top, within)]
made = subscribe(price(), default_tax_rates=[on_top.id], expand=["latest_invoice"])
old = stripe.Invoice.retrieve(made.latest_invoice.id, stripe_version="2024-06-20")
return {
    "sold": [[s.amount_total, s.total_details.amount_tax] for s in sold],
    "invoice": [made.latest_invoice.total, made.latest_invoice.total_excluding_tax,
                [[t.amount, t.tax_behavior, t.taxable_amount] for t in made.latest_invoice.total_taxes]],
    "old": [old.tax, old.total_tax_amounts[0].amount, old.lines.data[0].tax_rates[0].display_name],
}
""",
    )
    assert facts == {
        "sold": [[1416, 226], [1190, 190]],
        "invoice": [1190, 1000, [[190, "exclusive", 1000]]],
        "old": [190, 190, "VAT"],
    }


def test_automatic_tax_says_that_none_is_collected(billing):
    made = does(
        billing,
        """
def sell(**more):
    return stripe.checkout.Session.create(
        mode="subscription", success_url="https://a.test/s", line_items=[{"price": price().id, "quantity": 1}],
        automatic_tax={"enabled": True}, **more)
located = customer(address={"country": "DE"})
return [
    [sell().automatic_tax.status, sell(customer=located.id).automatic_tax.status],
    refusal(lambda: subscribe(price(), automatic_tax={"enabled": True})),
    sell().id,
]
""",
    )
    assert made[0] == ["requires_location_inputs", "complete"]
    assert made[1] == [400, "customer_tax_location_invalid", "automatic_tax[enabled]"]
    paid = pay(billing, made[2])
    assert (paid["automatic_tax"]["status"], paid["total_details"]["amount_tax"]) == ("complete", 0)


# Changes of subscriptions


CHANGE = """
basic, pro, year = price(), price(3000, name="Pro"), price(30000, "year", "Year")
made = subscribe(basic)
item = made["items"].data[0]
def lines(invoice):
    return [[line.description.split(" after ")[0], line.amount] for line in invoice.lines.data]
def preview(**details):
    return stripe.Invoice.create_preview(subscription=made.id, subscription_details={
        "items": [{"id": item.id, **details.pop("item", {"price": pro.id})}], **details})
half = (item.current_period_start + item.current_period_end) // 2
"""


def test_a_change_is_previewed_and_nothing_is_changed_by_that(billing):
    facts = does(
        billing,
        CHANGE
        + """
before = stripe.Event.list(limit=1).data[0].id
next, now = preview(proration_date=half), preview(proration_date=half, proration_behavior="always_invoice")
return {
    "next": [next.total, lines(next)], "now": [now.total, lines(now)],
    "none": lines(preview(proration_behavior="none")),
    "year": lines(preview(item={"price": year.id}, proration_date=half)),
    "plain": stripe.Invoice.create_preview(subscription=made.id).total,
    "new": stripe.Invoice.create_preview(
        customer=made.customer, subscription_details={"items": [{"price": pro.id, "quantity": 2}]}).total,
    "after": [len(stripe.Invoice.list(customer=made.customer).data), len(stripe.InvoiceItem.list(customer=made.customer).data),
              stripe.Subscription.retrieve(made.id)["items"].data[0].price.id == basic.id,
              stripe.Event.list(limit=1).data[0].id == before],
}
""",
    )
    prorations = [["Unused time on Basic", -500], ["Remaining time on Pro", 1500]]
    assert facts == {
        "next": [4000, [["1 × Pro", 3000], *prorations]],
        "now": [1000, prorations],
        "none": [["1 × Pro", 3000]],
        "year": [["1 × Year", 30000], ["Unused time on Basic", -500]],
        "plain": 1000,
        "new": 6000,
        "after": [1, 0, True, True],
    }


def test_a_change_is_billed_with_the_next_invoice_or_at_once(billing):
    facts = does(
        billing,
        CHANGE
        + """
def modify(**more):
    return stripe.Subscription.modify(made.id, proration_date=half, expand=["latest_invoice"], **more)
modify(items=[{"id": item.id, "price": pro.id}])
waiting = [i.amount for i in stripe.InvoiceItem.list(customer=made.customer, pending=True).data]
up = modify(items=[{"id": item.id, "quantity": 2}], proration_behavior="always_invoice").latest_invoice
down = modify(items=[{"id": item.id, "price": basic.id, "quantity": 1}], proration_behavior="always_invoice").latest_invoice
who = stripe.Customer.retrieve(made.customer)
yearly = stripe.Subscription.modify(made.id, items=[{"id": item.id, "price": year.id}], proration_behavior="none",
                                    expand=["latest_invoice"])
return {
    "waiting": sorted(waiting), "up": [up.total, up.status, up.billing_reason],
    "down": [down.total, down.amount_due, down.ending_balance], "balance": who.balance,
    "yearly": [yearly.latest_invoice.total, yearly.latest_invoice.amount_paid,
               yearly["items"].data[0].current_period_end > item.current_period_end + 300 * 86400],
}
""",
    )
    assert facts == {
        "waiting": [-500, 1500],
        "up": [2500, "paid", "subscription_update"],
        "down": [-2500, 0, -2500],
        "balance": -2500,
        "yearly": [30000, 27500, True],
    }


def test_what_a_change_cannot_be_is_refused(billing):
    facts = does(
        billing,
        CHANGE
        + """
def modify(**more):
    return refusal(lambda: stripe.Subscription.modify(made.id, **more))
return {
    "behavior": modify(items=[{"id": item.id, "price": pro.id}], proration_behavior="sometimes"),
    "date": modify(items=[{"id": item.id, "price": pro.id}], proration_date=1),
    "item": modify(items=[{"id": "si_none", "price": pro.id}]),
    "pending": modify(items=[{"id": item.id, "price": pro.id}], payment_behavior="pending_if_incomplete"),
    "anchor": refusal(lambda: subscribe(basic, billing_cycle_anchor=half)),
    "draft": modify(pause_collection={"behavior": "keep_as_draft"}),
    "kept": stripe.Subscription.retrieve(made.id)["items"].data[0].price.id == basic.id,
}
""",
    )
    assert facts == {
        "behavior": [400, None, "proration_behavior"],
        "date": [400, None, "proration_date"],
        "item": [400, "resource_missing", "items[0][id]"],
        "pending": [501, None, None],
        "anchor": [501, None, None],
        "draft": [501, None, None],
        "kept": True,
    }


# Everything else that modules call


CALLS = {
    "cancel at the period's end, and take it back": (
        """
made = subscribe(price())
at_end = stripe.Subscription.modify(made.id, cancel_at_period_end=True)
kept = stripe.Subscription.modify(made.id, cancel_at_period_end=False)
return [at_end.cancel_at == at_end["items"].data[0].current_period_end, kept.cancel_at, kept.status]
""",
        [True, None, "active"],
    ),
    "cancel now, with what was not used credited": (
        """
made = subscribe(price())
stripe.Subscription.cancel(made.id, prorate=True, invoice_now=True)
last = stripe.Invoice.list(subscription=made.id, limit=1).data[0]
return [last.total <= -990, last.amount_due, stripe.Customer.retrieve(made.customer).balance == last.total]
""",
        [True, 0, True],
    ),
    "search, and every page of it": (
        """
for n in range(3):
    stripe.Customer.create(email=f"c{n}@search.test", metadata={"team": "red" if n else "blue"})
found = stripe.Customer.search(query="email~'search.test' AND metadata['team']:'red'")
every = [c.email for c in stripe.Customer.search(query="email~'SEARCH.test'", limit=1).auto_paging_iter()]
return [[c.email for c in found.data], every, refusal(lambda: stripe.Customer.search(query="who:'x'")),
        refusal(lambda: stripe.Customer.search(query="who is it"))]
""",
        [
            ["c2@search.test", "c1@search.test"],
            ["c2@search.test", "c1@search.test", "c0@search.test"],
            [400, None, "query"],
            [400, None, "query"],
        ],
    ),
    "pages of a list, forwards and backwards": (
        """
ids = [stripe.Customer.create(name=str(n)).id for n in range(5)][::-1]
first = stripe.Customer.list(limit=2)
second = stripe.Customer.list(limit=2, starting_after=first.data[-1].id)
back = stripe.Customer.list(limit=2, ending_before=second.data[0].id)
return [[c.id for c in p.data] == want for p, want in ((first, ids[:2]), (second, ids[2:4]), (back, ids[:2]))]
""",
        [True, True, True],
    ),
    "a portal session": (
        """
session = stripe.billing_portal.Session.create(customer=customer().id, return_url="https://a.test/account")
return [session.url.startswith("http://127.0.0.1"), session.return_url]
""",
        [True, "https://a.test/account"],
    ),
    "a payment by hand, and half of it back": (
        """
before = stripe.Balance.retrieve().available[0].amount
intent = stripe.PaymentIntent.create(amount=2000, currency="usd", payment_method="pm_card_visa", confirm=True,
                                     automatic_payment_methods={"enabled": True, "allow_redirects": "never"})
refund = stripe.Refund.create(payment_intent=intent.id, amount=500, metadata={"why": "late"})
charge = stripe.Charge.retrieve(intent.latest_charge)
return [intent.status, refund.status, charge.amount_refunded, charge.refunded, stripe.Balance.retrieve().available[0].amount - before,
        [c.id == charge.id for c in stripe.Charge.list(payment_intent=intent.id).data],
        stripe.Refund.modify(refund.id, metadata={"why": "lost"}).metadata["why"]]
""",
        ["succeeded", "succeeded", 500, False, 1500, [True], "lost"],
    ),
    "a card kept for later": (
        """
who = stripe.Customer.create(email="k@example.com")
setup = stripe.SetupIntent.create(customer=who.id, payment_method="pm_card_mastercard", confirm=True)
method = stripe.PaymentMethod.attach("pm_card_visa", customer=who.id)
stripe.Customer.modify(who.id, invoice_settings={"default_payment_method": method.id})
kept = stripe.PaymentMethod.list(customer=who.id, type="card").data
gone = stripe.PaymentMethod.detach(method.id)
return [setup.status, sorted(m.card.brand for m in kept), gone.customer,
        len(stripe.SetupIntent.list(customer=who.id).data)]
""",
        ["succeeded", ["mastercard", "visa"], None, 1],
    ),
    "products and prices that change": (
        """
made = price()
off = stripe.Price.modify(made.id, active=False, metadata={"old": "yes"}, lookup_key="basic")
product = stripe.Product.modify(made.product, name="Newer", active=False)
return [off.active, stripe.Price.list(lookup_keys=["basic"]).data[0].id == made.id, product.name,
        [p.id for p in stripe.Product.list(active=True, ids=[product.id]).data], refusal(lambda: subscribe(made))]
""",
        [False, True, "Newer", [], [400, None, "items[0][price]"]],
    ),
    "an item of a subscription, by itself": (
        """
made, seat = subscribe(price()), price(200, name="Seat")
added = stripe.SubscriptionItem.create(subscription=made.id, price=seat.id, quantity=3, proration_behavior="none")
more = stripe.SubscriptionItem.modify(added.id, quantity=5, proration_behavior="none")
listed = [i.quantity for i in stripe.SubscriptionItem.list(subscription=made.id).data]
stripe.SubscriptionItem.delete(added.id, proration_behavior="none")
return [more.quantity, listed, len(stripe.Subscription.retrieve(made.id)["items"].data),
        stripe.Invoice.create_preview(subscription=made.id).total]
""",
        [5, [1, 5], 1, 1000],
    ),
    "an invoice of one's own": (
        """
who = customer()
stripe.InvoiceItem.create(customer=who.id, amount=2500, currency="usd", description="Setup")
draft = stripe.Invoice.create(customer=who.id, pending_invoice_items_behavior="include")
stripe.InvoiceItem.create(customer=who.id, invoice=draft.id, amount=400, currency="usd")
open = stripe.Invoice.finalize_invoice(draft.id)
paid = stripe.Invoice.pay(draft.id)
return [[draft.status, draft.total], [open.status, open.total, open.number.endswith("0001")], [paid.status, paid.amount_paid],
        refusal(lambda: stripe.InvoiceItem.create(customer=who.id, invoice=draft.id, amount=1, currency="usd"))]
""",
        [["draft", 2500], ["open", 2900, True], ["paid", 2900], [400, "invoice_not_editable", None]],
    ),
    "an invoice that collects itself": (
        """
who = customer()
rate = stripe.TaxRate.create(display_name="VAT", percentage=10, inclusive=False)
stripe.InvoiceItem.create(customer=who.id, amount=1000, currency="usd")
draft = stripe.Invoice.create(customer=who.id, auto_advance=True, pending_invoice_items_behavior="include",
                              default_tax_rates=[rate.id])
done = stripe.Invoice.finalize_invoice(draft.id)
return [draft.status, done.status, done.amount_paid]
""",
        ["draft", "paid", 1100],
    ),
    "webhook endpoints and events": (
        """
made = stripe.WebhookEndpoint.create(url="http://127.0.0.1:9/hook", enabled_events=["customer.created"])
changed = stripe.WebhookEndpoint.modify(made.id, enabled_events=["invoice.paid"], disabled=True)
listed = len(stripe.WebhookEndpoint.list().data)
gone = stripe.WebhookEndpoint.delete(made.id)
customer()
events = stripe.Event.list(type="customer.*", limit=1).data
return [made.secret.startswith("whsec_"), changed.status, listed, gone.deleted, [e.type for e in events],
        stripe.Event.retrieve(events[0].id).data.object.email]
""",
        [True, "disabled", 1, True, ["customer.created"], "ann@example.com"],
    ),
    "objects within objects": (
        """
made = subscribe(price(), expand=["customer", "items.data.price.product"])
invoice = stripe.Invoice.retrieve(made.latest_invoice, expand=["payments.data.payment.payment_intent"])
listed = stripe.Subscription.list(customer=made.customer.id, expand=["data.customer"]).data[0]
return [invoice.payments.data[0].payment.payment_intent.status, made.customer.email, made["items"].data[0].price.product.name, listed.customer.email,
        refusal(lambda: stripe.Subscription.retrieve(made.id, expand=["currency"]))]
""",
        ["succeeded", "ann@example.com", "Basic", "ann@example.com", [400, None, "expand"]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_modules_do(billing, call):
    source, expected = CALLS[call]
    assert does(billing, source) == expected


REFUSED = [
    ("Quote.create(customer='c')", "POST /v1/quotes"),
    ("SubscriptionSchedule.create(customer='c')", "POST /v1/subscription_schedules"),
    ("CreditNote.create(invoice='in_1')", "POST /v1/credit_notes"),
    ("PaymentLink.create(line_items=[])", "POST /v1/payment_links"),
    ("billing_portal.Configuration.create()", "POST /v1/billing_portal/configurations"),
    ("Customer.create_tax_id('cus_1', type='eu_vat', value='DE1')", "POST /v1/customers/cus_1/tax_ids"),
    ("BalanceTransaction.list()", "GET /v1/balance_transactions"),
    ("Dispute.list()", "GET /v1/disputes"),
    ("billing.Meter.create(display_name='m', event_name='e', default_aggregation={'formula': 'sum'})", "POST /v1/billing/meters"),
    ("Invoice.create_preview(customer='c', invoice_items=[{'amount': 1}])", "the parameter invoice_items"),
    ("Customer.create(source='tok_visa')", "the parameter source"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "what"), REFUSED)
def test_what_is_not_emulated_is_refused_by_its_name(billing, call, what):
    refused = does(
        billing,
        f"""
try:
    stripe.{call}
except stripe.StripeError as error:
    return [error.http_status, str(error)]
""",
    )
    assert refused[0] == 501 and f"does not emulate {what} yet" in refused[1], refused
