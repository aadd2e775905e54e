-- What can be learned from the firm's contacts, and why not from the others: the first reason that holds.
-- grain: one reason; empty for the contacts that teach what an offer adds
-- reads: contacts, orders, products
-- writes: contact_lessons
with
span as (
    select min(ordered_at) as begins, max(ordered_at) as ends from orders
),
buyers as (
    select distinct customer_id from orders where customer_id is not null
),
judged as (
    select
        case
            when c.direction <> 'out' or c.purpose <> 'offer' then 'they are no offers of the firm'
            when c.product_id is null then 'they name no product, as with a campaign for many products or a category'
            when p.product_id is null then 'the product offered stands neither in the orders nor in the product list'
            when c.channel not in ('email', 'onsite', 'desk', 'phone')
                then 'what print, advertising and webhooks add is not learned from contacts'
            when s.ends is null then 'the orders have no dates'
            when c.happened_at < s.begins then 'they were made before the first order in the data'
            when c.happened_at >= s.ends then 'nothing was sold after them in the data'
            when b.customer_id is null then 'the customer stands in no order'
            else ''
        end as reason
    from contacts c
    cross join span s
    left join products p on p.product_id = c.product_id
    left join buyers b on b.customer_id = c.customer_id
)
select
    reason,
    count(*) as contacts
from judged
group by reason
