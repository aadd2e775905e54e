-- Every contact known on the decision date with what it was for, whether it was answered, and what it cost: as
-- given, else by the firm's cost table, else by the defaults in the settings.
-- grain: one contact
-- reads: contacts, costs, decision_date
-- writes: customer_contacts
with
known as (
    select
        c.contact_id,
        c.customer_id,
        c.happened_at,
        c.channel,
        c.cost_cents,
        c.minutes,
        c.satisfaction,
        c.outcome,
        c.discount_share,
        c.direction = 'in' and c.purpose in ('service', 'complaint') as is_service,
        c.purpose = 'complaint' or c.outcome = 'complaint' as is_complaint,
        c.direction = 'out' and c.purpose in ('offer', 'news') and coalesce(c.outcome, '') <> 'held-out' as is_sent,
        coalesce(c.outcome, '') = 'held-out' as is_held_out
    from contacts c
    cross join decision_date d
    where c.happened_at < d.as_of
)
select
    k.contact_id,
    k.customer_id,
    k.happened_at,
    hour(k.happened_at) as hour,
    case $period
        when 'year' then date_trunc('year', k.happened_at)
        when 'quarter' then date_trunc('quarter', k.happened_at)
        else date_trunc('month', k.happened_at)
    end as period_start,
    k.channel,
    k.is_service,
    k.is_complaint,
    k.is_sent,
    k.is_sent and coalesce(k.outcome, '') in ('open', 'click', 'accept') as is_answered,
    k.is_sent and coalesce(k.outcome, '') = 'accept' as is_accepted,
    k.is_sent and coalesce(k.outcome, '') = 'decline' as is_declined,
    coalesce(k.outcome, '') = 'unsubscribe' as is_unsubscribed,
    k.satisfaction,
    k.minutes,
    cast(
        round(
            case
                when k.is_held_out then 0
                when k.cost_cents is not null then k.cost_cents
                when k.is_service then coalesce(
                    k.minutes * coalesce(sc.amount_cents, sa.amount_cents), $service_contact_cents
                )
                else coalesce(
                    cc.amount_cents,
                    ca.amount_cents,
                    case when k.channel in ('phone', 'desk') then $service_contact_cents else $contact_cost_cents end
                )
            end
        ) as bigint
    ) as cost_cents
from known k
left join costs sc on sc.kind = 'service' and sc.name = k.channel
left join costs sa on sa.kind = 'service' and sa.name = 'any'
left join costs cc on cc.kind = 'contact' and cc.name = k.channel
left join costs ca on ca.kind = 'contact' and ca.name = 'any'
