-- The plan in words: who is offered what, on which channel, when, what it is worth and why. The hold-out stands beside
-- it with what it would have got.
-- grain: one offer to one customer
-- reads: chosen_offers, offer_reasons, products, verdicts
-- writes: offers
select
    o.plan,
    o.customer_id,
    o.rank,
    o.product_id,
    p.name as product_name,
    o.type,
    o.score,
    o.channel,
    o.placement,
    o.send_at,
    p.price_cents,
    p.currency,
    o.chosen,
    o.probability,
    o.discount_share,
    o.effect,
    o.effect_low,
    o.effect_high,
    o.margin_cents,
    o.returns_cents,
    o.own_sales_cents,
    o.service_cents,
    o.contact_cents,
    o.discount_cents,
    o.annoyance_cents,
    o.value_cents,
    o.value_low_cents,
    o.value_high_cents,
    o.basis,
    o.legal_basis,
    o.similar_to,
    o.reason_code,
    r.reason
    || case when v.treatment = 'no discounts' then '. No discount: bought mostly at deep discounts' else '' end
    || coalesce('. ' || o.evidence, '') as reason
from chosen_offers o
join offer_reasons r on r.customer_id = o.customer_id and r.product_id = o.product_id
join products p on p.product_id = o.product_id
left join verdicts v on v.customer_id = o.customer_id
