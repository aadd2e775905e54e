-- Why each offer fits, in words: what the customer bought that leads to it, or that it runs out (or once did), that it
-- is the larger pack of what was bought, or was looked at; else how many of those who buy such things have it.
-- grain: one product offered to one customer
-- reads: chosen_offers, relations, bought_products, offer_ties, events, products, decision_date
-- writes: offer_reasons
with
offered as (
    select distinct
        customer_id,
        product_id,
        type,
        because_of,
        usual_weeks,
        over_weeks
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
),
-- How long ago it was bought, beside what is usual of this customer.
since as (
    select
        o.customer_id,
        o.product_id,
        b.times,
        b.last_on,
        'about ' || cast(round(7 * o.usual_weeks) as bigint) || ' days' as usual,
        case
            when coalesce(date_diff('day', b.last_on, d.as_of) <= 7 * o.over_weeks, true) then null
            when date_diff('day', b.last_on, d.as_of) < 120
                then cast(floor(date_diff('day', b.last_on, d.as_of) / 7) as bigint) || ' weeks'
            else cast(floor(date_diff('day', b.last_on, d.as_of) / 30.4) as bigint) || ' months'
        end as silent
    from offered o
    join bought_products b on b.customer_id = o.customer_id and b.product_id = o.product_id
    cross join decision_date d
),
people as (
    select
        b.product_id,
        count(distinct b.customer_id) as buyers
    from bought_products b
    group by b.product_id
),
kinds as (
    select
        p.category,
        count(distinct b.customer_id) as buyers
    from bought_products b
    join products p on p.product_id = b.product_id
    where p.category is not null
    group by p.category
),
own_kinds as (
    select distinct
        b.customer_id,
        p.category
    from bought_products b
    join products p on p.product_id = b.product_id
    where p.category is not null
),
everybody as (
    select count(distinct customer_id) as customers from bought_products
)
select
    o.customer_id,
    o.product_id,
    case
        when b.times > 1 and b.silent is not null
            then 'bought it ' || b.times || ' times until ' || cast(b.last_on as varchar) || ', usually after '
                || b.usual || ', and not for ' || b.silent
        when b.times > 1
            then 'bought it ' || b.times || ' times' || coalesce(', last on ' || cast(b.last_on as varchar), '')
                || coalesce(', usually after ' || b.usual, '')
        when b.times = 1 and b.silent is not null
            then 'bought it once, on ' || cast(b.last_on as varchar) || ', and not for ' || b.silent
                || '; who buys it again does so after ' || b.usual
        when b.times = 1
            then 'bought it' || coalesce(' on ' || cast(b.last_on as varchar), '') || ', and may need it again'
                || coalesce('; usually after ' || b.usual, '')
        when r.reason is not null
            then 'bought ' || p.name || coalesce(' on ' || cast(a.last_on as varchar), '') || '; ' || r.reason
        when o.type = 'upgrade' and a.product_id is not null
            then 'bought ' || p.name || coalesce(' on ' || cast(a.last_on as varchar), '')
                || '; this is a larger pack of the same'
        when l.last_on is not null then 'looked at it on ' || cast(l.last_on as varchar)
        when t.other_id is not null
            then 'bought ' || w.name || coalesce(' on ' || cast(s.last_on as varchar), '') || '; '
                || t.common || ' of its ' || t.buyers || ' buyers have it, too'
        when m.customer_id is not null and n.buyers is not null
            then 'bought from ' || g.category || '; ' || n.buyers || ' of its ' || k.buyers
                || ' buyers have it, too'
        when n.buyers is not null
            then n.buyers || ' of ' || e.customers || ' customers have it'
        else 'among what customers buy most'
    end as reason
from offered o
join products g on g.product_id = o.product_id
cross join everybody e
left join since b on b.customer_id = o.customer_id and b.product_id = o.product_id
left join bought_products a on a.customer_id = o.customer_id and a.product_id = o.because_of
left join relations r on r.product_id = o.because_of and r.other_id = o.product_id and r.type = o.type
left join products p on p.product_id = o.because_of
left join looked l on l.customer_id = o.customer_id and l.product_id = o.product_id
left join offer_ties t on t.customer_id = o.customer_id and t.product_id = o.product_id
left join products w on w.product_id = t.other_id
left join bought_products s on s.customer_id = t.customer_id and s.product_id = t.other_id
left join people n on n.product_id = o.product_id
left join kinds k on k.category = g.category
left join own_kinds m on m.customer_id = o.customer_id and m.category = g.category
