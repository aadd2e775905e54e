-- The plan's offers, as they are kept for good.
-- grain: one offer to one customer in one plan
-- reads: offers
-- writes: plan_offers
select
    plan,
    customer_id,
    rank,
    product_id,
    channel,
    send_at,
    chosen,
    probability,
    value_cents,
    reason_code
from offers
