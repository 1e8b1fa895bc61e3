"""Billing portal sessions."""

from altan_standin import page_url

from .errors import invalid
from .objects import find, keep, make


def create_session(request, params):
    customer = find("customers", params["customer"], "customer")
    if params.get("return_url") and not params["return_url"].startswith(("http://", "https://")):
        raise invalid("Not a valid URL", "return_url", "url_invalid")
    session = make(
        "portal_sessions", "billing_portal.session", configuration=params.get("configuration") or "bpc_emulator",
        customer=customer["id"], flow=None, locale=params.get("locale"), on_behalf_of=None,
        return_url=params.get("return_url"),
    )  # fmt: skip
    session["url"] = page_url(f"portal/{session['id']}")
    return keep("portal_sessions", session)
