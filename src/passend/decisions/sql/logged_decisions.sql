-- Offers that were made (or held out) with a known chance, and what the customer bought afterwards.
-- grain: one contact
-- reads: contacts, orders, products
-- writes: logged_decisions
with
made as (
    select
        contact_id,
        customer_id,
        product_id,
        channel,
        happened_at,
        probability,
        coalesce(cost_cents, 0) as cost_cents,
        coalesce(outcome, 'none') = 'held-out' as is_held_out
    from contacts
    where direction = 'out' and purpose = 'offer' and probability > 0 and product_id is not null
),
bought as (
    select
        m.contact_id,
        sum(
            case when p.unit_cost_cents is not null and p.price_cents > 0
                then o.revenue_cents * (o.quantity - o.returned_quantity) / nullif(o.quantity, 0)
                    * (p.price_cents - p.unit_cost_cents) / nullif(p.price_cents, 0)
                else 0
            end
        ) as known_margin_cents,
        sum(
            case when p.unit_cost_cents is not null and p.price_cents > 0 then 0
                else o.revenue_cents * (o.quantity - o.returned_quantity) / nullif(o.quantity, 0)
            end
        ) as other_revenue_cents
    from made m
    join orders o on o.customer_id = m.customer_id
    join products p on p.product_id = o.product_id
    where o.ordered_at > m.happened_at and date_diff('day', m.happened_at, o.ordered_at) < $replay_days
        and o.revenue_cents is not null
    group by m.contact_id
)
select
    m.contact_id,
    m.customer_id,
    m.product_id,
    m.channel,
    m.probability,
    m.is_held_out,
    cast(m.cost_cents as double) as cost_cents,
    cast(coalesce(b.known_margin_cents, 0) as double) as known_margin_cents,
    cast(coalesce(b.other_revenue_cents, 0) as double) as other_revenue_cents
from made m
left join bought b on b.contact_id = m.contact_id
