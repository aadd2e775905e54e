-- What decisions need to know of each customer: verdict, facts, lifetime, hold-out, and what calls for peace.
-- grain: one customer
-- reads: customer_facts, verdicts, scores, customers, contacts, returns, decision_date
-- writes: decision_customers
with
complaints as (
    select
        c.customer_id,
        count(*) as open_complaints
    from contacts c
    cross join decision_date d
    where c.direction = 'in' and c.purpose = 'complaint' and coalesce(c.outcome, 'none') <> 'resolved'
        and coalesce(c.happened_at <= d.as_of, true)
    group by c.customer_id
),
came_back as (
    select
        r.customer_id,
        max(r.returned_at) as last_return_at
    from returns r
    cross join decision_date d
    where r.customer_id is not null and r.returned_at < d.as_of
    group by r.customer_id
)
select
    f.customer_id,
    v.verdict,
    v.reason as verdict_reason,
    v.treatment,
    v.returned_share,
    s.lifetime_cents,
    s.lifetime_low_cents,
    s.lifetime_high_cents,
    f.orders,
    f.revenue_cents,
    f.first_order_at,
    f.currency,
    d.as_of,
    substr(md5($salt || ':' || f.customer_id), 1, 8) < $holdout_below as is_holdout,
    c.segment,
    c.region,
    c.language,
    c.birth_year,
    o.customer_id is not null as has_complaint,
    b.last_return_at
from customer_facts f
join verdicts v on v.customer_id = f.customer_id
cross join decision_date d
left join scores s on s.customer_id = f.customer_id
left join customers c on c.customer_id = f.customer_id
left join complaints o on o.customer_id = f.customer_id
left join came_back b on b.customer_id = f.customer_id
