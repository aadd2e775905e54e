-- Who became eligible for what, and in which arm: as campaigns logged it; for contacts of other tools, from the first
-- contact or would-be contact of each campaign; and the offers of each plan with those who were held out of it. All of
-- them together are the programme, by quarter, against those who were held out of everything.
-- grain: one customer in one arm of one phase of one campaign
-- reads: exposures, contacts, plan_offers, plans
-- writes: exposure_log
with
ordered_contacts as (
    select
        coalesce(campaign, 'offers') as campaign,
        customer_id,
        happened_at,
        coalesce(outcome, 'none') = 'held-out' as is_held_out,
        probability,
        channel,
        product_id,
        variant,
        row_number() over (
            partition by coalesce(campaign, 'offers'), customer_id order by happened_at, contact_id
        ) as place
    from contacts
    where direction = 'out' and purpose = 'offer'
),
held_shares as (
    select campaign, max(case when is_held_out then probability end) as held_share, count(probability) as drawn
    from ordered_contacts
    group by campaign
),
logged as (
    select campaign from exposures group by campaign
),
from_contacts as (
    select
        c.campaign,
        cast(1 as bigint) as phase,
        c.customer_id,
        case when c.is_held_out then 'held-out' else 'treated' end as arm,
        case when c.is_held_out then 'campaign' end as held_by,
        1 - h.held_share as chance,
        c.happened_at as eligible_at,
        c.happened_at as exposed_at,
        not c.is_held_out as is_contacted,
        c.channel,
        c.product_id,
        c.variant
    from ordered_contacts c
    join held_shares h on h.campaign = c.campaign
    left join logged g on g.campaign = c.campaign
    -- Beside contacts that were drawn by lot, those that people chose have nobody to be compared with.
    where c.place = 1 and g.campaign is null and (c.probability is not null or h.drawn = 0)
),
plan_shares as (
    select plan, max(probability) as held_share
    from plan_offers
    where not chosen
    group by plan
),
ranked_offers as (
    select
        plan, customer_id, product_id, channel, send_at, chosen,
        row_number() over (partition by plan, customer_id order by rank) as place
    from plan_offers
),
-- A plan is on its way once one of its offers was made to its customer, by whichever campaign or tool. Before that it
-- is a list: nobody was reached by it, and whoever it names is no treated customer of the programme.
made_offers as (
    select customer_id, product_id, happened_at
    from contacts
    where direction = 'out' and purpose = 'offer' and coalesce(outcome, 'none') <> 'held-out'
    union all
    select customer_id, product_id, exposed_at as happened_at
    from exposures
    where is_contacted and exposed_at is not null
),
carried_out as (
    select o.plan
    from plan_offers o
    join plans p on p.plan = o.plan
    join made_offers m on m.customer_id = o.customer_id and m.product_id = o.product_id
    where o.chosen and m.happened_at >= p.as_of
    group by o.plan
),
from_plans as (
    select
        'plan ' || cast(o.plan as varchar) as campaign,
        cast(1 as bigint) as phase,
        o.customer_id,
        case when o.chosen then 'treated' else 'held-out' end as arm,
        case when o.chosen then null else 'programme' end as held_by,
        1 - s.held_share as chance,
        p.as_of as eligible_at,
        case when c.plan is not null then coalesce(o.send_at, p.as_of) end as exposed_at,
        o.chosen and c.plan is not null as is_contacted,
        o.channel,
        o.product_id,
        cast(null as varchar) as variant
    from ranked_offers o
    join plans p on p.plan = o.plan
    left join plan_shares s on s.plan = o.plan
    left join carried_out c on c.plan = o.plan
    where o.place = 1 and p.as_of is not null
),
single as (
    select
        campaign, phase, customer_id, arm, held_by, chance, eligible_at, exposed_at, is_contacted, channel, product_id,
        variant
    from exposures
    union all
    select
        campaign, phase, customer_id, arm, held_by, chance, eligible_at, exposed_at, is_contacted, channel, product_id,
        variant
    from from_contacts
    union all
    select
        campaign, phase, customer_id, arm, held_by, chance, eligible_at, exposed_at, is_contacted, channel, product_id,
        variant
    from from_plans
),
-- A customer's first day in the programme of a quarter, and whether held out of everything.
programme_days as (
    select
        year(eligible_at) * 10 + quarter(eligible_at) as phase,
        customer_id,
        max(case when held_by = 'programme' then 1 else 0 end) as is_held_out,
        min(eligible_at) as eligible_at,
        min(exposed_at) as exposed_at,
        max(case when is_contacted then 1 else 0 end) as is_contacted,
        -- A campaign's chance counts its own hold-out, too; a plan's counts the programme's alone.
        min(case when starts_with(campaign, 'plan ') then chance end) as chance
    from single
    where not starts_with(campaign, 'plan ') or exposed_at is not null
    group by year(eligible_at) * 10 + quarter(eligible_at), customer_id
),
measurable as (
    select phase from programme_days where is_held_out = 1 group by phase
)
select
    campaign, phase, customer_id, arm, held_by, chance, eligible_at, exposed_at, is_contacted, channel, product_id, variant
from single
union all
select
    'programme' as campaign,
    cast(d.phase as bigint) as phase,
    d.customer_id,
    case when d.is_held_out = 1 then 'held-out' else 'treated' end as arm,
    case when d.is_held_out = 1 then 'programme' end as held_by,
    d.chance,
    d.eligible_at,
    d.exposed_at,
    d.is_contacted = 1 as is_contacted,
    cast(null as varchar) as channel,
    cast(null as varchar) as product_id,
    cast(null as varchar) as variant
from programme_days d
join measurable m on m.phase = d.phase
