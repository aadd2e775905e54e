-- What is usual at the firm: the mean of each habit, and how much customers differ in it beyond chance. The prior
-- weighs as many orders as Buehlmann and Straub's credibility (1970) says: variance within customers over variance
-- between them. Slopes: the method of moments of DerSimonian and Laird (1986). How alike the lines of one order are
-- in being bargains or not is their intraclass correlation, by analysis of variance (Donner 1986).
-- grain: the one firm
-- reads: customer_traits
-- writes: firm_habits
with
alike as (
    select
        coalesce(sum(discounted_lines_squared - power(discounted_lines, 2) / nullif(lines, 0)), 0)
        / nullif(sum(orders - 1), 0) as between_orders,
        coalesce(sum(discounted_lines - discounted_lines_squared), 0) / nullif(sum(lines - orders), 0)
            as within_orders,
        sum(lines - lines_squared / nullif(lines, 0)) / nullif(sum(orders - 1), 0) as order_lines
    from customer_traits
),
-- Where it cannot be known, an order counts as a single line.
likeness as (
    select
        least(1, greatest(0, coalesce(
            (between_orders - within_orders) / nullif(between_orders + (order_lines - 1) * within_orders, 0), 1
        ))) as lines_alike
    from alike
),
-- As many independent lines as a customer's tell as much as (Kish 1965).
counted as (
    select
        t.*,
        l.lines_alike,
        power(t.lines, 2) / nullif(t.lines + (t.lines_squared - t.lines) * l.lines_alike, 0) as own_lines,
        cast(t.discounted_lines as double) / nullif(t.lines, 0) as discounted_share
    from customer_traits t
    cross join likeness l
),
totals as (
    select
        cast(count(*) as double) as n,
        max(lines_alike) as lines_alike,
        sum(own_lines) as own_lines,
        sum(power(own_lines, 2)) as own_lines_squared,
        cast(sum(orders) as double) as w,
        cast(sum(cast(orders as double) * orders) as double) as w2,
        coalesce(sum(returned_orders) / nullif(sum(orders), 0), 0) as returns_mean,
        sum(returned_orders_squared - power(returned_orders, 2) / nullif(orders, 0)) / nullif(sum(orders - 1), 0)
            as returns_within,
        sum(own_lines * discounted_share * (1 - discounted_share)) / nullif(sum(own_lines - 1), 0)
            as discounts_within,
        coalesce(cast(sum(discounted_lines) as double) / nullif(sum(lines), 0), 0) as discounts_mean,
        coalesce(cast(sum(service_contacts) as double) / nullif(sum(orders), 0), 0) as service_mean,
        coalesce(sum(service_cost_cents) / nullif(sum(service_contacts), 0), 0) as service_contact_cents,
        coalesce(sum(revenue_cents) / nullif(sum(orders), 0), 0) as order_cents,
        coalesce(sum(profit_cents + service_cost_cents) / nullif(sum(orders), 0), 0) as order_profit_cents,
        coalesce(sum(returned_cents) / nullif(sum(revenue_cents), 0), 0) as returned_share,
        coalesce(sum(case when xx > 0.01 then xy end) / nullif(sum(case when xx > 0.01 then xx end), 0), 1)
            as slope_mean,
        sum(case when xx > 0.01 and spending_periods > 2 then yy - xy * xy / nullif(xx, 0) end)
        / nullif(sum(case when xx > 0.01 and spending_periods > 2 then spending_periods - 2 end), 0) as slope_noise,
        avg(spending_cents) as spending_cents
    from counted
),
spread as (
    select
        sum(t.orders * power(t.returned_orders / nullif(t.orders, 0) - f.returns_mean, 2)) as returns_spread,
        sum(t.own_lines * power(t.discounted_share - f.discounts_mean, 2)) as discounts_spread,
        sum(t.orders * power(t.service_contacts / nullif(t.orders, 0) - f.service_mean, 2)) as service_spread,
        sum(
            case when t.xx > 0.01 and t.spending_periods > 2
                then t.xx / nullif(f.slope_noise, 0) * power(t.xy / nullif(t.xx, 0) - f.slope_mean, 2)
            end
        ) as slope_q,
        cast(count(case when t.xx > 0.01 and t.spending_periods > 2 then 1 end) as double) as slopes,
        sum(case when t.xx > 0.01 and t.spending_periods > 2 then t.xx / nullif(f.slope_noise, 0) end) as slope_w,
        sum(
            case when t.xx > 0.01 and t.spending_periods > 2 then power(t.xx / nullif(f.slope_noise, 0), 2) end
        ) as slope_w2
    from counted t
    cross join totals f
),
between_customers as (
    select
        f.*,
        (s.returns_spread - f.returns_within * (f.n - 1)) / nullif(f.w - f.w2 / nullif(f.w, 0), 0) as returns_between,
        (s.discounts_spread - f.discounts_within * (f.n - 1))
        / nullif(f.own_lines - f.own_lines_squared / nullif(f.own_lines, 0), 0) as discounts_between,
        (s.service_spread - f.service_mean * (f.n - 1)) / nullif(f.w - f.w2 / nullif(f.w, 0), 0) as service_between,
        (s.slope_q - (s.slopes - 1)) / nullif(s.slope_w - s.slope_w2 / nullif(s.slope_w, 0), 0) as slope_variance
    from totals f
    cross join spread s
)
-- The prior weighs two to five orders. More would hide the few who differ much from all others, and it is these who
-- are looked for; less would judge by a single order. For bargains it is two to three lines.
select
    n as customers,
    returns_mean,
    least(5, greatest(2, coalesce(returns_within / nullif(greatest(returns_between, 0), 0), 5))) as returns_weight,
    discounts_mean,
    least(3, greatest(2, coalesce(discounts_within / nullif(greatest(discounts_between, 0), 0), 3)))
        as discounts_weight,
    lines_alike,
    service_mean,
    least(5, greatest(2, coalesce(service_mean / nullif(greatest(service_between, 0), 0), 5))) as service_weight,
    service_contact_cents,
    order_cents,
    order_profit_cents,
    returned_share,
    slope_mean,
    coalesce(slope_noise, 1) as slope_noise,
    coalesce(slope_noise, 1) / nullif(greatest(coalesce(slope_variance, 0), 0.01), 0) as slope_weight,
    spending_cents
from between_customers
