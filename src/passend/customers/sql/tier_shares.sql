-- How dear a customer buys, weighed by what was spent: 0 the cheapest of each category, 1 the dearest.
-- grain: one customer with orders
-- reads: orders, price_tiers, products, decision_date
-- writes: tier_shares
select
    o.customer_id,
    sum(t.price_tier_share * o.revenue_cents)
    / nullif(sum(case when t.price_tier_share is not null then o.revenue_cents end), 0) as price_tier_share
from orders o
cross join decision_date d
left join price_tiers t on t.product_id = o.product_id
left join products p on p.product_id = o.product_id
where o.customer_id is not null and coalesce(o.currency = p.currency, true) and (o.ordered_at < d.as_of or (o.ordered_at is null and not d.is_given))
group by o.customer_id
