-- What tells whether a comparison is sound: who reached a contact, who was contacted though held out, who is in two
-- arms, which chances were logged, when they became eligible, how orders spread over the window and what buyers spent.
-- grain: one cohort (week of first eligibility) of one arm of one phase of one campaign
-- reads: exposure_outcomes
-- writes: exposure_tallies
with
arms as (
    select
        campaign, phase, arm, cohort, customer_id, eligible_at, exposed_at, is_contacted, chance, is_closed,
        is_provisional, early, late, before_cents, revenue_cents, channel,
        hour(eligible_at) + minute(eligible_at) / 60.0 as hours,
        date_diff('day', cohort, eligible_at) + hour(eligible_at) / 24.0 as days,
        count(*) over (partition by campaign, phase, customer_id) as arms_of_customer
    from exposure_outcomes
)
select
    campaign,
    phase,
    arm,
    cohort,
    cast(count(*) as double) as people,
    cast(count(*) filter (where exposed_at is not null) as double) as exposed,
    cast(count(*) filter (where is_contacted) as double) as contacted,
    cast(count(*) filter (where arms_of_customer > 1) as double) as in_both,
    cast(count(chance) as double) as with_chance,
    coalesce(sum(chance), 0.0) as chances,
    coalesce(sum(chance * (1 - chance)), 0.0) as chance_variance,
    min(chance) as least_chance,
    max(chance) as most_chance,
    cast(count(*) filter (where is_closed) as double) as closed,
    cast(count(*) filter (where is_provisional) as double) as provisional,
    cast(count(*) filter (where date_diff('day', exposed_at, eligible_at) > 0) as double) as too_early,
    -- In the programme a held-out customer of one campaign is a treated one of another; and nobody is called at once
    -- who stands on a list of staff.
    cast(count(*) filter (
        where exposed_at is not null and not is_contacted and campaign <> 'programme'
            and channel not in ('desk', 'phone')
    ) as double) as unsent,
    sum(cast(days as double)) as days,
    sum(cast(days * days as double)) as days_squares,
    sum(cast(hours as double)) as hours,
    sum(cast(hours * hours as double)) as hours_squares,
    cast(count(*) filter (where before_cents <> 0) as double) as bought_before,
    cast(count(*) filter (where revenue_cents > 0) as double) as spenders,
    coalesce(sum(case when revenue_cents > 0 then ln(revenue_cents) end), 0.0) as log_spend,
    coalesce(sum(case when revenue_cents > 0 then ln(revenue_cents) * ln(revenue_cents) end), 0.0) as log_squares,
    sum(case when is_closed then early else 0 end) as early,
    sum(case when is_closed then late else 0 end) as late,
    sum(case when is_closed then early * early else 0 end) as early_squares,
    sum(case when is_closed then late * late else 0 end) as late_squares,
    sum(case when is_closed then early * late else 0 end) as early_late,
    min(eligible_at) as first_at,
    max(eligible_at) as last_at
from arms
group by campaign, phase, arm, cohort
