-- Whether to make a customer an offer at all, and what to do instead. A person's word wins over the figures, until
-- it is taken back ('automatic').
-- grain: one customer
-- reads: customer_facts, customer_kinds, recommendations, treatment_edits
-- writes: verdicts
with
offered as (
    select customer_id
    from recommendations
    group by customer_id
),
said as (
    select
        customer_id,
        verdict,
        reason,
        author,
        row_number() over (partition by customer_id order by edited_at desc, verdict, reason, author) as place
    from treatment_edits
),
judged as (
    select
        c.customer_id,
        k.kind,
        k.kind_probability,
        coalesce(k.treatment, 'none') as treatment,
        coalesce(k.returned_share, 0) as returned_share,
        k.evidence,
        o.customer_id is not null as has_offer,
        case when s.verdict <> 'automatic' then s.verdict end as decided,
        s.reason as decided_reason,
        s.author as decided_by
    from customer_facts c
    left join customer_kinds k on k.customer_id = c.customer_id
    left join offered o on o.customer_id = c.customer_id
    left join said s on s.customer_id = c.customer_id and s.place = 1
)
select
    customer_id,
    case
        when decided = 'offer' and not has_offer then 'nothing fits'
        when decided is not null then decided
        when treatment in ('leave out', 'self-service') then 'leave alone'
        when treatment = 'up-sell' then 'up-sell instead'
        when not has_offer then 'nothing fits'
        else 'offer'
    end as verdict,
    case
        when decided = 'offer' then 'none'
        when decided = 'leave alone' then 'leave out'
        when decided = 'up-sell instead' then 'up-sell'
        else treatment
    end as treatment,
    kind,
    kind_probability,
    returned_share,
    decided is not null as is_by_person,
    case
        when decided is not null then decided_by || ' decided: ' || decided_reason
        when treatment in ('leave out', 'self-service', 'up-sell') then evidence
        when not has_offer then 'no product is known to go with what this customer bought'
        when treatment = 'no discounts' then evidence || '; offers without a discount'
        else 'no costly habit is known, and products fit'
    end as reason
from judged
