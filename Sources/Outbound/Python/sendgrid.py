"""api.sendgrid.com, offline: mails go to the outbox."""

import json

from altan_standin import new_id, now, store
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HOSTS = ["api.sendgrid.com"]


def failure(status, message, field=None):
    return JSONResponse({"errors": [{"message": message, "field": field, "help": None}]}, status)


def is_authorized(request):
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(key.strip())


async def send(request):
    if not is_authorized(request):
        return failure(401, "The provided authorization grant is invalid, expired, or revoked")
    try:
        mail = json.loads(await request.body())
        assert isinstance(mail, dict)
    except (ValueError, AssertionError):
        return failure(400, "Bad Request")
    problem = problem_of(mail)
    if problem:
        return failure(400, *problem)
    id = new_id("", 22)
    parts = {part.get("type"): part.get("value") for part in mail.get("content", [])}
    for number, person in enumerate(mail["personalizations"]):
        store.put("outbox", f"{id}.{number}", {
            "kind": "mail", "at": now(), "from": mail["from"]["email"],
            "to": ", ".join(address["email"] for address in person["to"]),
            "cc": [a["email"] for a in person.get("cc", [])], "bcc": [a["email"] for a in person.get("bcc", [])],
            "subject": person.get("subject") or mail.get("subject"), "text": parts.get("text/plain"),
            "html": parts.get("text/html"), "template": mail.get("template_id"),
            "data": person.get("dynamic_template_data"), "headers": mail.get("headers"),
            "attachments": [a.get("filename") for a in mail.get("attachments", [])],
        })  # fmt: skip
    return Response(status_code=202, headers={"x-message-id": id})


def problem_of(mail):
    """What SendGrid says about a mail that it does not take, and about which field."""
    people = mail.get("personalizations")
    if not isinstance(people, list) or not people:
        return "The personalizations field is required and must have at least one personalization.", "personalizations"
    for index, person in enumerate(people):
        to = person.get("to") if isinstance(person, dict) else None
        if not to:
            return (
                "The to array is required for all personalization objects, and must have at least one email object with "
                "a valid email address.", f"personalizations.{index}.to",
            )  # fmt: skip
        if any("@" not in (address.get("email") or "") for address in to):
            return "Does not contain a valid address.", f"personalizations.{index}.to.0.email"
    if "@" not in ((mail.get("from") or {}).get("email") or ""):
        return "The from object must be provided for every email send.", "from"
    has_subject = mail.get("subject") or all(person.get("subject") for person in people)
    if not mail.get("template_id"):
        if not has_subject:
            return "The subject is required. You can get around this requirement if you use a template.", "subject"
        if not mail.get("content"):
            return (
                "Unless a valid template_id is provided, the content parameter is required. There must be at least one "
                "defined content block.", "content",
            )  # fmt: skip
    return None


async def missing(request):
    return failure(
        501, f"The emulator's stand-in for api.sendgrid.com does not emulate {request.method} {request.url.path} yet."
    )


app = Starlette(routes=[
    Route("/v3/mail/send", send, methods=["POST"]),
    Route("/{path:path}", missing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
])  # fmt: skip
