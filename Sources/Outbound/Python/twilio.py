"""api.twilio.com, offline: messages go to the outbox, status callbacks are signed and sent."""

import asyncio
import base64
import hashlib
import hmac
import re
from email.utils import formatdate
from urllib.parse import parse_qsl, urlencode

from altan_standin import later, new_id, now, post, store
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HOSTS = ["api.twilio.com"]
# Twilio's own test numbers, and what they do.
TO = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": (21612, "The 'To' phone number provided cannot be reached"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
FROM = {
    "+15005550001": (21212, "Invalid From Number (caller ID): +15005550001"),
    "+15005550007": (21606, "The From phone number +15005550007 is not a valid, SMS-capable inbound phone number"),
    "+15005550008": (21611, "The From number has exceeded its message queue"),
}


def failure(status, code, message):
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)


def credentials(request):
    """Account and token of basic authentication; None without."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        user, colon, password = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if scheme.lower() == "basic" and colon and user and password else None


def authorized(handler):
    async def run(request):
        if credentials(request) is None:
            return failure(401, 20003, "Authenticate")
        return await handler(request)

    return run


@authorized
async def create(request):
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    to, sender = form.get("To"), form.get("From") or form.get("MessagingServiceSid")
    if not to:
        return failure(400, 21604, "A 'To' phone number is required.")
    if not sender:
        return failure(400, 21603, "A 'From' phone number is required.")
    if not form.get("Body") and not form.get("MediaUrl") and not form.get("ContentSid"):
        return failure(400, 21602, "Message body is required.")
    if len(form.get("Body", "")) > 1600:
        return failure(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    wrong = TO.get(to) or FROM.get(sender)
    if not wrong and not re.fullmatch(r"(whatsapp:|messenger:)?\+?[\w.:-]{3,}", to):
        wrong = (21211, f"Invalid 'To' Phone Number: {to}")
    if wrong:
        return failure(400, *wrong)
    account = request.path_params["account"]
    sid = "MM" if form.get("MediaUrl") else "SM"
    sid += hashlib.sha256(new_id(sid).encode()).hexdigest()[:32]
    when = formatdate(now(), usegmt=True).replace("GMT", "+0000")
    message = {
        "account_sid": account, "api_version": "2010-04-01", "body": form.get("Body", ""), "date_created": when,
        "date_sent": None, "date_updated": when, "direction": "outbound-api", "error_code": None,
        "error_message": None, "from": form.get("From"), "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "1" if form.get("MediaUrl") else "0", "num_segments": str(len(form.get("Body", "")) // 153 + 1),
        "price": None, "price_unit": "USD", "sid": sid, "status": "queued", "to": to,
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json"},
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
    }  # fmt: skip
    store.put("messages", sid, message)
    store.put("outbox", sid, {"kind": "sms", "at": now(), "from": sender, "to": to, "text": form.get("Body", "")})
    later(deliver(message, form.get("StatusCallback"), credentials(request)[1]))
    return JSONResponse(message, 201)


async def deliver(message, callback, token):
    """The message's further life: sent, delivered, with a callback for each where one is wanted."""
    for status in ("sent", "delivered"):
        await asyncio.sleep(0.05)
        if store.get("messages", message["sid"]) is None:
            return
        message["status"] = status
        if status == "sent":
            message["date_sent"] = formatdate(now(), usegmt=True).replace("GMT", "+0000")
        store.put("messages", message["sid"], message)
        if callback:
            form = {
                "MessageSid": message["sid"], "SmsSid": message["sid"], "MessageStatus": status, "SmsStatus": status,
                "To": message["to"], "From": message["from"] or "", "AccountSid": message["account_sid"],
                "ApiVersion": "2010-04-01",
            }  # fmt: skip
            signature = signed(callback, form, token)
            headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
            answer, text = await post(callback, urlencode(form).encode(), headers)
            print(f"[twilio] {message['sid']} {status} -> {callback} {answer or text}")


def signed(url, form, token):
    """Twilio's scheme: HMAC-SHA1 over the URL and the sorted fields, under the account's token."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@authorized
async def fetch(request):
    message = store.get("messages", request.path_params["sid"])
    if message is None:
        return failure(404, 20404, f"The requested resource {request.url.path} was not found")
    if request.method == "DELETE":
        store.delete("messages", message["sid"])
        return Response(status_code=204)
    return JSONResponse(message)


@authorized
async def listing(request):
    wanted = {"to": request.query_params.get("To"), "from": request.query_params.get("From")}
    found = [m for m in reversed(store.all("messages")) if all(v in (None, m[k]) for k, v in wanted.items())]
    size = int(request.query_params.get("PageSize", 50))
    page = int(request.query_params.get("Page", 0))
    base = request.url.path
    more = f"{base}?PageSize={size}&Page={page + 1}" if len(found) > (page + 1) * size else None
    return JSONResponse({
        "messages": found[page * size : (page + 1) * size], "page": page, "page_size": size, "start": page * size,
        "end": min(len(found), (page + 1) * size), "uri": base, "first_page_uri": f"{base}?PageSize={size}&Page=0",
        "next_page_uri": more, "previous_page_uri": None,
    })  # fmt: skip


async def missing(request):
    return failure(
        501,
        20501,
        f"The emulator's stand-in for api.twilio.com does not emulate {request.method} {request.url.path} yet.",
    )


MESSAGES = "/2010-04-01/Accounts/{account}/Messages"
app = Starlette(routes=[
    Route(MESSAGES + ".json", create, methods=["POST"]),
    Route(MESSAGES + ".json", listing, methods=["GET"]),
    Route(MESSAGES + "/{sid}.json", fetch, methods=["GET", "DELETE"]),
    Route("/{path:path}", missing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
])  # fmt: skip
