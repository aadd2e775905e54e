-- Each customer's habits, pulled towards the firm's, and how far they lie beyond the point from which selling more
-- loses money, in standard deviations of the posterior. Shares have a Beta posterior, service contacts a Gamma one;
-- both are brought to the normal scale by Wilson and Hilferty's cube root (1931), for shares as in Paulson (1942).
-- Whether profit fell as breadth grew is a Student statistic of few periods, brought to that scale by Wallace (1959).
-- grain: one customer with orders
-- reads: customer_traits, firm_habits
-- writes: customer_habits
with
counted as (
    select
        t.*,
        power(t.lines, 2) / nullif(t.lines + (t.lines_squared - t.lines) * f.lines_alike, 0) as own_lines,
        cast(t.discounted_lines as double) / nullif(t.lines, 0) as bargain_share
    from customer_traits t
    cross join firm_habits f
),
posteriors as (
    select
        t.customer_id,
        t.orders,
        t.periods,
        t.is_undated,
        t.orders_with_returns,
        t.periods_with_returns,
        t.lines,
        t.discounted_lines,
        t.orders_with_discounts,
        t.periods_with_discounts,
        t.service_contacts,
        t.periods_with_service,
        t.service_cost_cents,
        t.spending_periods,
        t.spending_cents,
        t.profit_cents,
        coalesce(t.spending_cents < f.spending_cents, false) as spends_little,
        f.returns_weight * greatest(f.returns_mean, 0.001) + t.returned_orders as returns_a,
        f.returns_weight * (1 - f.returns_mean) + t.orders - t.returned_orders + 0.001 as returns_b,
        f.discounts_weight * greatest(f.discounts_mean, 0.001) + t.own_lines * t.bargain_share as discounts_a,
        f.discounts_weight * (1 - f.discounts_mean) + t.own_lines * (1 - t.bargain_share) + 0.001 as discounts_b,
        f.service_weight * greatest(f.service_mean, 0.001) + t.service_contacts as service_a,
        f.service_weight + t.orders as service_b,
        (f.slope_mean * f.slope_weight + t.xy) / nullif(f.slope_weight + t.xx, 0) as slope,
        sqrt(f.slope_noise / nullif(f.slope_weight + t.xx, 0)) as slope_deviation,
        least(0.98, greatest($return_share, 2 * f.returns_mean)) as returns_limit,
        least(0.98, greatest($discount_lines_share, least(2 * f.discounts_mean, (1 + f.discounts_mean) / 2)))
            as discounts_limit,
        greatest(
            2 * f.service_mean,
            $service_share * greatest(f.order_profit_cents, 0) / nullif(f.service_contact_cents, 0)
        ) as service_limit,
        (t.returned_cents + f.returned_share * f.order_cents * $return_orders)
        / nullif(t.revenue_cents + f.order_cents * $return_orders, 0) as returned_share,
        coalesce(cast(t.returned_cents as double) / nullif(t.revenue_cents, 0), 0) as came_back_share,
        case when t.profit_periods > 2 and t.bb > 0
            then -t.bp / nullif(
                sqrt(t.bb * greatest(t.pp - t.bp * t.bp / nullif(t.bb, 0), 1) / nullif(t.profit_periods - 2, 0)), 0
            )
            else 0
        end as fell_t,
        t.profit_periods - 2 as fell_freedom
    from counted t
    cross join firm_habits f
),
limits as (
    select
        p.*,
        returns_b * returns_limit / nullif(returns_a * (1 - returns_limit), 0) as returns_f,
        discounts_b * discounts_limit / nullif(discounts_a * (1 - discounts_limit), 0) as discounts_f,
        service_limit * service_b / nullif(service_a, 0) as service_x,
        case when fell_freedom > 0
            then case when fell_t < 0 then -1 else 1 end
                * (8 * cast(fell_freedom as double) + 1) / nullif(8 * cast(fell_freedom as double) + 3, 0)
                * sqrt(fell_freedom * ln(1 + fell_t * fell_t / nullif(fell_freedom, 0)))
            else 0
        end as fell_z
    from posteriors p
)
select
    customer_id,
    orders,
    periods,
    is_undated,
    orders_with_returns,
    periods_with_returns,
    lines,
    discounted_lines,
    orders_with_discounts,
    periods_with_discounts,
    service_contacts,
    periods_with_service,
    service_cost_cents,
    spending_periods,
    spending_cents,
    profit_cents,
    spends_little,
    coalesce(returned_share, 0) as returned_share,
    came_back_share,
    returns_a / nullif(returns_a + returns_b, 0) as returned_orders_share,
    discounts_a / nullif(discounts_a + discounts_b, 0) as discounted_lines_share,
    service_a / nullif(service_b, 0) as service_contacts_per_order,
    slope as spending_elasticity,
    ((1 - 1 / nullif(9 * returns_a, 0)) - (1 - 1 / nullif(9 * returns_b, 0)) * power(returns_f, 0.3333333333333333))
    / nullif(
        sqrt(1 / nullif(9 * returns_b, 0) * power(returns_f, 0.6666666666666666) + 1 / nullif(9 * returns_a, 0)), 0
    ) as returns_z,
    (
        (1 - 1 / nullif(9 * discounts_a, 0))
        - (1 - 1 / nullif(9 * discounts_b, 0)) * power(discounts_f, 0.3333333333333333)
    )
    / nullif(
        sqrt(1 / nullif(9 * discounts_b, 0) * power(discounts_f, 0.6666666666666666) + 1 / nullif(9 * discounts_a, 0)),
        0
    ) as discounts_z,
    coalesce(
        (1 - 1 / nullif(9 * service_a, 0) - power(service_x, 0.3333333333333333)) * 3 * sqrt(service_a), -8
    ) as service_z,
    ($spending_elasticity - slope) / nullif(slope_deviation, 0) as spending_z,
    least(greatest(coalesce(fell_z, 0), -8), 8) as fell_z
from limits
