create table subscriptions (
    id text primary key,
    user_id text,
    stripe_customer_id text,
    status text,
    current_period_start timestamptz,
    current_period_end timestamptz,
    cancel_at_period_end boolean,
    canceled_at timestamptz,
    price_id text,
    plan_interval text,
    metadata jsonb
);
