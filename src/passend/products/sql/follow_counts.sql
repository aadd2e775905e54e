-- How many customers bought one product for the first time and another for the first time later, within the window,
-- and how many would by chance. Expected: see step_places.
-- grain: one ordered pair of products
-- reads: first_steps, step_places
-- writes: follow_counts
with
codes as (
    select
        product_id,
        row_number() over (order by product_id) as code
    from (select distinct product_id from first_steps)
),
steps as (
    select
        f.customer_id,
        c.code,
        f.step
    from first_steps f
    join codes c on c.product_id = f.product_id
),
pairs as (
    select
        a.code as code,
        b.code as other_code,
        count(*) as followed
    from steps a
    join steps b on b.customer_id = a.customer_id and b.step > a.step and b.step <= a.step + $window_days
    group by a.code, b.code
    having count(*) >= $min_together
),
weights as (
    select
        c.code,
        p.cell,
        p.after,
        p.before
    from step_places p
    join codes c on c.product_id = p.product_id
),
expected as (
    select
        p.code,
        p.other_code,
        p.followed,
        sum(a.after * b.before) as expected
    from pairs p
    join weights a on a.code = p.code
    join weights b on b.code = p.other_code and b.cell = a.cell
    group by p.code, p.other_code, p.followed
)
select
    a.product_id,
    b.product_id as other_id,
    e.followed,
    e.expected
from expected e
join codes a on a.code = e.code
join codes b on b.code = e.other_code
