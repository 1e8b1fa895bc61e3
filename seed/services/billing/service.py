"""Subscriptions through Stripe: checkout, webhook, and a table that follows what Stripe says.

Works with every stripe library from 7.8 on: objects are taken as plain data, because what they are in Python changed
from one release to the next.
"""

import json
import os
from datetime import UTC, datetime

import stripe
from fastapi import APIRouter, Header, HTTPException, Request, status
from pydantic import BaseModel, Field
from supabase import Client, create_client

router = APIRouter()

SUPABASE_URL = os.environ.get("SUPABASE_URL")
SUPABASE_KEY = os.environ.get("SUPABASE_KEY")
STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET")

if not SUPABASE_URL or not SUPABASE_KEY:
    raise ValueError("Supabase credentials not configured")
if not STRIPE_SECRET_KEY or not STRIPE_WEBHOOK_SECRET:
    raise ValueError("Stripe credentials not configured")

supabase: Client = create_client(SUPABASE_URL, SUPABASE_KEY)
stripe.api_key = STRIPE_SECRET_KEY


class NewPlan(BaseModel):
    name: str = Field(min_length=1)
    amount: int = Field(ge=0)
    currency: str = Field("usd", pattern="^[a-z]{3}$")
    interval: str = Field("month", pattern="^(day|week|month|year)$")


class NewCheckout(BaseModel):
    price_id: str = Field(min_length=1)
    user_id: str = Field(min_length=1)
    success_url: str
    cancel_url: str
    email: str | None = None
    quantity: int = Field(1, ge=1)
    trial_days: int | None = Field(None, ge=1, le=730)


class PortalVisit(BaseModel):
    user_id: str
    return_url: str


def plain(value) -> dict:
    """A Stripe object as the data it came as."""
    return json.loads(str(value))


def moment(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


class Subscriptions:
    """The table `subscriptions`, kept as Stripe has it."""

    def sync(self, subscription: dict) -> None:
        item = subscription["items"]["data"][0]
        # Before API version 2025-03-31 the period was the subscription's, since then it is each item's.
        period = item if item.get("current_period_end") else subscription
        row = {
            "id": subscription["id"],
            "stripe_customer_id": subscription["customer"],
            "status": subscription["status"],
            "price_id": item["price"]["id"],
            "plan_interval": item["price"]["recurring"]["interval"],
            "quantity": item.get("quantity", 1),
            "current_period_start": moment(period.get("current_period_start")),
            "current_period_end": moment(period.get("current_period_end")),
            "cancel_at_period_end": subscription.get("cancel_at_period_end", False),
            "canceled_at": moment(subscription.get("canceled_at")),
            "metadata": subscription.get("metadata") or {},
        }
        user = row["metadata"].get("user_id")
        if user:
            row["user_id"] = user
        supabase.table("subscriptions").upsert(row, on_conflict="id").execute()
        print(f"subscription {row['id']} is {row['status']}")

    def of_user(self, user_id: str) -> list[dict]:
        query = supabase.table("subscriptions").select("*").eq("user_id", user_id)
        return query.order("current_period_end", desc=True).execute().data


subscriptions = Subscriptions()


def refused(error: stripe.StripeError) -> HTTPException:
    return HTTPException(error.http_status or 502, error.user_message or str(error))


@router.get("/plans")
def list_plans():
    try:
        prices = plain(stripe.Price.list(active=True, type="recurring", limit=100))["data"]
    except stripe.StripeError as error:
        raise refused(error) from error
    return [{"price_id": p["id"], "amount": p["unit_amount"], "currency": p["currency"]} for p in prices]


@router.post("/plans", status_code=status.HTTP_201_CREATED)
def create_plan(plan: NewPlan):
    try:
        product = stripe.Product.create(name=plan.name)
        price = stripe.Price.create(
            product=product.id, unit_amount=plan.amount, currency=plan.currency, recurring={"interval": plan.interval}
        )
    except stripe.StripeError as error:
        raise refused(error) from error
    return {"price_id": price.id, "product_id": product.id}


@router.post("/checkout", status_code=status.HTTP_201_CREATED)
def create_checkout(body: NewCheckout):
    data = {"metadata": {"user_id": body.user_id}}
    if body.trial_days:
        data["trial_period_days"] = body.trial_days
    params = {"customer_email": body.email} if body.email else {}
    try:
        session = stripe.checkout.Session.create(
            mode="subscription",
            line_items=[{"price": body.price_id, "quantity": body.quantity}],
            success_url=body.success_url + "?session_id={CHECKOUT_SESSION_ID}",
            cancel_url=body.cancel_url,
            client_reference_id=body.user_id,
            metadata={"user_id": body.user_id},
            subscription_data=data,
            **params,
        )
    except stripe.StripeError as error:
        raise refused(error) from error
    return {"id": session.id, "url": session.url}


@router.post("/portal", status_code=status.HTTP_201_CREATED)
def open_portal(body: PortalVisit):
    rows = subscriptions.of_user(body.user_id)
    if not rows:
        raise HTTPException(404, f"No subscription of {body.user_id}")
    try:
        session = stripe.billing_portal.Session.create(
            customer=rows[0]["stripe_customer_id"], return_url=body.return_url
        )
    except stripe.StripeError as error:
        raise refused(error) from error
    return {"url": session.url}


@router.get("/subscriptions")
def list_subscriptions(user_id: str):
    return subscriptions.of_user(user_id)


@router.post("/webhook")
async def webhook(request: Request, stripe_signature: str | None = Header(None)):
    payload = await request.body()
    if not stripe_signature:
        raise HTTPException(400, "Missing Stripe-Signature header")
    try:
        stripe.Webhook.construct_event(payload, stripe_signature, STRIPE_WEBHOOK_SECRET)
    except stripe.SignatureVerificationError as error:
        raise HTTPException(400, f"Invalid signature: {error}") from error
    except ValueError as error:
        raise HTTPException(400, "Invalid payload") from error
    event = json.loads(payload)
    print(f"{event['type']} {event['id']}")
    subject = event["data"]["object"]
    if event["type"].startswith("customer.subscription."):
        subscriptions.sync(subject)
    elif event["type"] == "checkout.session.completed" and subject.get("subscription"):
        # Events come in any order: what Stripe says now is what counts.
        subscriptions.sync(plain(stripe.Subscription.retrieve(subject["subscription"])))
    return {"received": True}
