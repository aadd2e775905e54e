-- Receptive customers who get offers: surely likelier to order than the average, the most valuable first, and why.
-- grain: one customer
-- reads: scores, verdicts
-- writes: receptive
select
    s.customer_id,
    s.buy_probability,
    s.buy_low,
    s.buy_high,
    s.buy_days,
    s.buy_reason,
    s.lifetime_cents,
    s.lifetime_days,
    s.next_order_days,
    s.currency,
    count(*) over () as customers,
    row_number() over (order by coalesce(s.lifetime_cents, 0) desc, s.customer_id) as place
from scores s
join verdicts v on v.customer_id = s.customer_id
where s.is_receptive and v.verdict = 'offer'
qualify place <= 20
