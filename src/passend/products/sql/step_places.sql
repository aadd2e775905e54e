-- How chance leads from product to product: `after` is how many new products the buyers of a product went on to in
-- the window, `before` the share of all such steps in the cell that led to it. The sum over cells of after x before
-- is the number of followers that popularity, eagerness to buy, season and trend explain.
-- grain: one product in one cell
-- reads: first_steps, arrivals
-- writes: step_places
with
onward as (
    select
        f.product_id,
        a.cell,
        cast(sum(a.products) as double) as after
    from first_steps f
    join arrivals a
        on a.customer_id = f.customer_id and a.step > f.step and a.step <= f.step + $window_days
    group by f.product_id, a.cell
),
inward as (
    select
        f.product_id,
        a.cell,
        cast(sum(f.bought_before) as double) as before
    from first_steps f
    join arrivals a on a.customer_id = f.customer_id and a.step = f.step
    group by f.product_id, a.cell
),
totals as (
    select
        cell,
        sum(before) as steps
    from inward
    group by cell
),
merged as (
    select product_id, cell, after, cast(0 as double) as before from onward
    union all
    select product_id, cell, cast(0 as double) as after, before from inward
)
select
    b.product_id,
    b.cell,
    sum(b.after) as after,
    coalesce(sum(b.before) / nullif(max(t.steps), 0), 0) as before
from merged b
join totals t on t.cell = b.cell
group by b.product_id, b.cell
