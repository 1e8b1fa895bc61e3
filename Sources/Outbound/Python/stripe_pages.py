"""Pages for people. They load nothing from anywhere."""

from datetime import UTC, datetime
from html import escape

from altan_standin import store

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
form { display: grid; gap: .75rem; margin: 1.5rem 0 }
label { display: grid; gap: .25rem; font-size: .9rem }
input, select, button { font: inherit; padding: .55rem .7rem; border-radius: .4rem; border: 1px solid #8888 }
button { cursor: pointer } button.main { background: #4f46e5; color: white; border: 0 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8883 }
.note { font-size: .85rem; opacity: .7 } .error { color: #d33; font-weight: 600 } .total { font-size: 1.8rem; font-weight: 600 }
"""

CARDS = [
    ("4242 4242 4242 4242", "pays"),
    ("4000 0025 0000 3155", "asks for authentication"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
    ("4000 0000 0000 0069", "has expired"),
]
WITHOUT_DECIMALS = (
    "bif",
    "clp",
    "djf",
    "gnf",
    "jpy",
    "kmf",
    "krw",
    "mga",
    "pyg",
    "rwf",
    "ugx",
    "vnd",
    "vuv",
    "xaf",
    "xof",
    "xpf",
)


def document(title, body):
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><body>{body}"
        '<p class="note">The emulator\'s stand-in for Stripe. No money moves.</p></body></html>'
    )


def money(amount, currency):
    if currency in WITHOUT_DECIMALS:
        return f"{amount:,} {currency.upper()}"
    return f"{(amount or 0) / 100:,.2f} {(currency or '').upper()}"


def day(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M") if seconds else ""


def checkout(session, error=None, given=None):
    given = given or {}
    if session["status"] != "open":
        return document("Checkout", f"<h1>This checkout session is {escape(session['status'])}</h1>")
    rows = ""
    for entry in session["_lines"]:
        product = store.get("products", entry["price"]["product"]) or {}
        interval = (entry["price"]["recurring"] or {}).get("interval")
        rows += (
            f"<tr><td>{entry['quantity']} × {escape(product.get('name') or '')}</td>"
            f"<td>{money(entry['amount'], session['currency'])}{f' per {interval}' if interval else ''}</td></tr>"
        )
    for name, label, sign in (("amount_discount", "Discount", -1), ("amount_tax", "Tax", 1)):
        amount = (session["total_details"] or {}).get(name)
        if amount:
            rows += f"<tr><td>{label}</td><td>{money(sign * amount, session['currency'])}</td></tr>"
    data = session["_params"].get("subscription_data") or {}
    if data.get("trial_period_days"):
        rows += f"<tr><td>Free trial</td><td>{int(data['trial_period_days'])} days</td></tr>"
    email = (session.get("customer_details") or {}).get("email") or session["customer_email"]
    email_field = (
        f"<p>{escape(email)}</p>" if email
        else f'<label>E-mail<input name="email" type="email" value="{escape(given.get("email", "customer@example.com"))}"></label>'
    )  # fmt: skip
    code = escape(given.get("promotion_code", ""))
    code_field = (
        f'<label>Promotion code<input id="promotion_code" name="promotion_code" value="{code}"></label>'
        if session["allow_promotion_codes"] and session["mode"] != "setup" else ""
    )  # fmt: skip
    options = "".join(f'<option value="{number.replace(" ", "")}">{number} {what}</option>' for number, what in CARDS)
    card = escape(given.get("card", "4242424242424242"))
    total = money(session["amount_total"], session["currency"]) if session["mode"] != "setup" else "Save a card"
    cancel = f'<a id="cancel" href="{escape(session["cancel_url"])}">Go back</a>' if session["cancel_url"] else ""
    return document(
        "Checkout",
        f'<h1>Checkout</h1><p class="total">{total}</p><table>{rows}</table>'
        + (f'<p class="error" role="alert">{escape(error)}</p>' if error else "")
        + f'<form method="post">{email_field}'
        f'<label>Card number<input id="card" name="card" list="cards" value="{card}" autocomplete="off"></label>'
        f'<datalist id="cards">{options}</datalist>'
        '<label>Name on card<input name="name" value="Jenny Rosen"></label>'
        f'<label>Country<input name="country" value="US" maxlength="2"></label>{code_field}'
        '<button class="main" id="pay" name="action" value="pay">Pay</button>'
        '<button id="expire" name="action" value="expire">Let the session expire</button></form>' + cancel,
    )


def authentication(session, params):
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(str(value))}">'
        for name, value in params.items()
        if name != "action"
    )
    return document(
        "Authentication",
        "<h1>Your bank asks: is this you?</h1>"
        f'<form method="post">{fields}<button class="main" id="authenticate" name="action" value="authenticate">Complete'
        '</button><button id="fail" name="action" value="fail">Fail</button></form>',
    )


def portal(session, customer, own, invoices):
    forms = ""
    for subscription in own:
        buttons = ""
        if subscription["status"] in ("active", "trialing", "past_due"):
            action, label = (
                ("resume", "Keep it")
                if subscription["cancel_at_period_end"]
                else ("cancel", "Cancel at the period's end")
            )
            buttons = (
                f'<form method="post"><input type="hidden" name="subscription" value="{subscription["id"]}">'
                f'<button id="{action}" name="action" value="{action}">{label}</button>'
                '<button name="action" value="cancel_now">Cancel now</button></form>'
            )
        end = day(subscription["items"]["data"][0]["current_period_end"])
        forms += f"<h2>{subscription['id']}</h2><p>{subscription['status']}, until {end}</p>{buttons}"
    rows = "".join(
        f"<tr><td>{escape(i['number'] or '')}</td><td>{money(i['total'], i['currency'])}</td><td>{i['status']}</td></tr>"
        for i in reversed(invoices)
    )
    back = f'<p><a id="return" href="{escape(session["return_url"])}">Return</a></p>' if session["return_url"] else ""
    name = escape(customer["email"] or customer["name"] or customer["id"])
    return document("Billing", f"<h1>Billing of {name}</h1>{forms}<h2>Invoices</h2><table>{rows}</table>{back}")


def invoice(invoice):
    return document(
        "Invoice",
        f"<h1>Invoice {escape(invoice['number'] or '')}</h1><p class=total>{money(invoice['total'], invoice['currency'])}</p>"
        f"<p>{invoice['status']}, {day(invoice['created'])}</p>",
    )


def overview(found):
    rows = ""
    for event in found["events"][:200]:
        states = ", ".join(
            f"{escape(d['url'] or d.get('reason') or '')}: {d['status']}"
            + (f" ({d['attempts'][-1]['status']})" if d["attempts"] else "")
            for d in event["deliveries"]
        )
        rows += f"<tr><td>{day(event['created'])}</td><td>{event['type']}</td><td>{event['object']}</td><td>{states}</td></tr>"
    return document("Stripe", f"<h1>Events</h1><table>{rows}</table>")
