-- The four kinds of customer on whom cross-selling loses money (Shah and Kumar 2012), as probabilities. The habit
-- speaks first; whether profit fell as the customer bought more broadly weighs up to threefold for or against, but not
-- for bargains: what they cost is the reduction itself, and a few months' profit says nothing of it. A
-- kind is given only to a habit seen in two periods or more: one heavy return brands nobody. Returns count by orders
-- and by value: who is expected to send back more of the value than pays is left out, too, if the habit has lasted.
-- grain: one customer with orders
-- reads: customer_habits
-- writes: customer_kinds
with
-- The normal distribution by the logistic curve of Bowling and others (2009), right to 0.0002.
chances as (
    select
        h.*,
        1 / nullif(1 + exp(-(0.07056 * power(least(greatest(returns_z, -8), 8), 3)
            + 1.5976 * least(greatest(returns_z, -8), 8))), 0) as returns_p,
        1 / nullif(1 + exp(-1.702 * least(greatest(
            (returned_share - $return_share) / nullif(
                sqrt(returned_share * (1 - returned_share) / nullif(orders + $return_orders + 1, 0)), 0
            ), -8), 8)), 0) as returned_value_p,
        1 / nullif(1 + exp(-(0.07056 * power(least(greatest(discounts_z, -8), 8), 3)
            + 1.5976 * least(greatest(discounts_z, -8), 8))), 0) as discounts_p,
        1 / nullif(1 + exp(-(0.07056 * power(least(greatest(service_z, -8), 8), 3)
            + 1.5976 * least(greatest(service_z, -8), 8))), 0) as service_p,
        case when spends_little
            then 1 / nullif(1 + exp(-(0.07056 * power(least(greatest(spending_z, -8), 8), 3)
                + 1.5976 * least(greatest(spending_z, -8), 8))), 0)
            else 0
        end as spending_p,
        1 / nullif(1 + exp(-(0.07056 * power(fell_z, 3) + 1.5976 * fell_z)), 0) as fell_p
    from customer_habits h
),
weighed as (
    select
        c.*,
        least(3, greatest(0.3333333333333333, fell_p / nullif(1 - fell_p, 0))) as evidence
    from chances c
),
kinds as (
    select
        w.*,
        greatest(
            returns_p * evidence / nullif(returns_p * evidence + 1 - returns_p, 0), coalesce(returned_value_p, 0)
        ) as revenue_reverser,
        service_p * evidence / nullif(service_p * evidence + 1 - service_p, 0) as service_demander,
        discounts_p as promotion_maximiser,
        spending_p * evidence / nullif(spending_p * evidence + 1 - spending_p, 0) as spending_limiter,
        orders_with_returns >= $return_orders and (periods_with_returns >= 2 or is_undated) as returns_last,
        periods_with_service >= 2 as service_lasts,
        orders_with_discounts >= 3 and (periods_with_discounts >= 2 or is_undated) as discounts_last,
        spending_periods >= 4 as spending_lasts
    from weighed w
),
named as (
    select
        k.*,
        case
            when returns_last and (revenue_reverser >= $kind_probability or returned_share >= $return_share)
                then 'revenue reverser'
            when service_lasts and service_demander >= $kind_probability then 'service demander'
            when discounts_last and promotion_maximiser >= $kind_probability then 'promotion maximiser'
            when spending_lasts and spending_limiter >= $kind_probability then 'spending limiter'
        end as kind
    from kinds k
)
select
    customer_id,
    kind,
    case kind
        when 'revenue reverser' then revenue_reverser
        when 'service demander' then service_demander
        when 'promotion maximiser' then promotion_maximiser
        when 'spending limiter' then spending_limiter
    end as kind_probability,
    case kind
        when 'revenue reverser' then 'leave out'
        when 'service demander' then 'self-service'
        when 'promotion maximiser' then 'no discounts'
        when 'spending limiter' then 'up-sell'
        else 'none'
    end as treatment,
    coalesce(revenue_reverser, 0) as revenue_reverser_probability,
    coalesce(service_demander, 0) as service_demander_probability,
    coalesce(promotion_maximiser, 0) as promotion_maximiser_probability,
    coalesce(spending_limiter, 0) as spending_limiter_probability,
    fell_p as profit_fell_probability,
    returned_share,
    coalesce(service_contacts_per_order, 0) as service_contacts_per_order,
    coalesce(discounted_lines_share, 0) as discounted_lines_share,
    spending_elasticity,
    periods,
    case kind
        when 'revenue reverser' then 'returned something from ' || orders_with_returns || ' of ' || orders
            || ' orders, about ' || cast(round(came_back_share * 100) as bigint) || ' % of the value'
        when 'service demander' then 'needed service ' || service_contacts || ' times for ' || orders
            || ' orders, which eats up what the orders earn'
        when 'promotion maximiser' then 'bought ' || discounted_lines || ' of ' || lines
            || ' order lines at a deep discount'
        when 'spending limiter' then 'spends about the same in each period, however many kinds of goods it is for'
        else 'no costly habit'
    end
    || case
        when kind is null then ''
        when fell_p >= 0.8 then '; profit fell as more kinds of goods were bought'
        when fell_p <= 0.2 then '; yet profit grew as more kinds of goods were bought'
        else ''
    end as evidence
from named
