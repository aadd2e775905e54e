-- Why each offer fits, in words: what the customer bought that leads to it, or that it runs out, or was looked at.
-- grain: one product offered to one customer
-- reads: chosen_offers, relations, bought_products, offer_ties, events, products
-- writes: offer_reasons
with
offered as (
    select distinct
        customer_id,
        product_id,
        type,
        because_of
    from chosen_offers
),
looked as (
    select
        customer_id,
        product_id,
        cast(max(happened_at) as date) as last_on
    from events
    where customer_id is not null and product_id is not null and kind in ('view', 'cart', 'abandon')
    group by customer_id, product_id
)
select
    o.customer_id,
    o.product_id,
    case
        when b.times > 1
            then 'bought it ' || b.times || ' times' || coalesce(', last on ' || cast(b.last_on as varchar), '')
        when b.times = 1
            then 'bought it' || coalesce(' on ' || cast(b.last_on as varchar), '') || ', and may need it again'
        when r.reason is not null
            then 'bought ' || p.name || coalesce(' on ' || cast(a.last_on as varchar), '') || '; ' || r.reason
        when l.last_on is not null then 'looked at it on ' || cast(l.last_on as varchar)
        when t.other_id is not null
            then 'bought ' || w.name || coalesce(' on ' || cast(s.last_on as varchar), '') || '; '
                || t.common || ' of its ' || t.buyers || ' buyers have it, too'
        when c.customer_id is not null then 'often bought by customers with such purchases'
        else 'among what customers buy most'
    end as reason
from offered o
left join bought_products b on b.customer_id = o.customer_id and b.product_id = o.product_id
left join bought_products a on a.customer_id = o.customer_id and a.product_id = o.because_of
left join relations r on r.product_id = o.because_of and r.other_id = o.product_id and r.type = o.type
left join products p on p.product_id = o.because_of
left join looked l on l.customer_id = o.customer_id and l.product_id = o.product_id
left join offer_ties t on t.customer_id = o.customer_id and t.product_id = o.product_id
left join products w on w.product_id = t.other_id
left join bought_products s on s.customer_id = t.customer_id and s.product_id = t.other_id
left join (select distinct customer_id from bought_products) c on c.customer_id = o.customer_id
