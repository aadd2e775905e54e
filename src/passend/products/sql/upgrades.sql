-- The same need served better: customers move up to the dearer product more than down. A customer moved up who bought
-- the cheaper one first and the dearer one last. Where choice does not change with time, as many move up as down,
-- however popular either is.
-- grain: one product and a better one
-- reads: dearer, first_purchases
-- writes: upgrades
with
moves as (
    select
        j.product_id,
        j.other_id,
        j.price_ratio,
        j.even,
        sum(
            case
                when a.first_day < b.first_day and a.last_day < b.last_day then 1
                when a.first_day is null and a.first_sequence < b.first_sequence
                    and a.last_sequence < b.last_sequence then 1
                else 0
            end
        ) as moved_up,
        sum(
            case
                when a.first_day > b.first_day and a.last_day > b.last_day then 1
                when a.first_day is null and a.first_sequence > b.first_sequence
                    and a.last_sequence > b.last_sequence then 1
                else 0
            end
        ) as moved_down
    from dearer j
    join first_purchases a on a.product_id = j.product_id
    join first_purchases b on b.product_id = j.other_id and b.customer_id = a.customer_id
    group by j.product_id, j.other_id, j.price_ratio, j.even
),
buyers as (
    select
        product_id,
        count(*) as customers
    from first_purchases
    group by product_id
),
measured as (
    select
        m.*,
        cast(m.moved_up as double) as support,
        (m.moved_up + m.moved_down) * m.even as expected,
        m.moved_up + $prior as shape
    from moves m
    where m.moved_up >= $min_together
        -- Upwards beyond chance: a binomial z of 2.33 is one in a hundred.
        and m.moved_up - (m.moved_up + m.moved_down) * m.even
            > 2.33 * sqrt((m.moved_up + m.moved_down) * m.even * (1 - m.even))
)
select
    m.product_id,
    m.other_id,
    cast(m.moved_up as bigint) as support,
    m.expected,
    b.customers as base,
    m.support / nullif(b.customers, 0) as share,
    m.shape / nullif(m.expected + $prior, 0) as strength,
    m.shape / nullif(m.expected + $prior, 0)
    * power(1 - 1 / nullif(9 * m.shape, 0) - 1.959964 / nullif(3 * sqrt(m.shape), 0), 3) as low,
    m.shape / nullif(m.expected + $prior, 0)
    * power(1 - 1 / nullif(9 * m.shape, 0) + 1.959964 / nullif(3 * sqrt(m.shape), 0), 3) as high,
    2 * (m.support * ln(m.support / nullif(m.expected, 0)) - (m.support - m.expected)) as likelihood_ratio,
    m.support / nullif(m.moved_up + m.moved_down, 0) as direction,
    cast(m.moved_down as bigint) as moved_down,
    m.price_ratio
from measured m
join buyers b on b.product_id = m.product_id
