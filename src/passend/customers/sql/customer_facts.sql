-- What is known of each customer on the decision date, and not a moment later.
-- grain: one customer
-- reads: purchase_facts, contact_facts, browsing_facts, contract_facts, customers, decision_date
-- writes: customer_facts
with
everybody as (
    select customer_id from purchase_facts
    union
    select customer_id from contact_facts
    union
    select customer_id from browsing_facts
    union
    select customer_id from contract_facts
)
select
    e.customer_id,
    d.as_of,
    coalesce(p.orders, 0) as orders,
    coalesce(p.products, 0) as products,
    coalesce(p.categories, 0) as categories,
    p.first_order_at,
    p.last_order_at,
    p.recency_days,
    greatest(p.tenure_days, t.contract_tenure_days, date_diff('day', w.since, d.as_of)) as tenure_days,
    coalesce(p.orders_90_days, 0) as orders_90_days,
    coalesce(p.orders_365_days, 0) as orders_365_days,
    coalesce(p.revenue_365_days_cents, 0) as revenue_365_days_cents,
    p.revenue_cents,
    coalesce(p.returned_cents, 0) as returned_cents,
    coalesce(p.returned_share, 0) as returned_share,
    coalesce(p.orders_with_returns, 0) as orders_with_returns,
    coalesce(p.orders_with_discount, 0) as orders_with_discount,
    coalesce(p.discount_share, 0) as discount_share,
    p.order_gap_days,
    p.order_gap_spread_days,
    p.price_tier_share,
    coalesce(c.service_contacts, 0) as service_contacts,
    c.service_minutes,
    coalesce(c.service_cost_cents, 0) as service_cost_cents,
    coalesce(c.complaints, 0) as complaints,
    c.satisfaction,
    coalesce(c.contacts_received, 0) as contacts_received,
    coalesce(c.contacts_answered, 0) as contacts_answered,
    coalesce(c.offers_accepted, 0) as offers_accepted,
    coalesce(c.offers_declined, 0) as offers_declined,
    coalesce(c.unsubscribes, 0) as unsubscribes,
    c.last_contact_days,
    coalesce(b.searches, 0) as searches,
    coalesce(b.views, 0) as views,
    coalesce(b.carts, 0) as carts,
    coalesce(b.abandons, 0) as abandons,
    coalesce(b.products_wanted, 0) as products_wanted,
    coalesce(b.events_30_days, 0) as events_30_days,
    b.last_event_days,
    coalesce(t.contracts, 0) as contracts,
    coalesce(t.contracts_cancelled, 0) as contracts_cancelled,
    t.anniversary_days,
    coalesce(t.contract_fees_year_cents, 0) as contract_fees_year_cents,
    p.currency
from everybody e
cross join decision_date d
left join purchase_facts p on p.customer_id = e.customer_id
left join contact_facts c on c.customer_id = e.customer_id
left join browsing_facts b on b.customer_id = e.customer_id
left join contract_facts t on t.customer_id = e.customer_id
left join customers w on w.customer_id = e.customer_id and w.since < d.as_of
