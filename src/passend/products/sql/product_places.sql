-- A product's places beside other products, cell by cell, for what chance would do: the product takes its share of
-- places, and of the places beside it the other takes its share among all but the product itself. With w places of W
-- the pair a, b is expected w_a w_b / 2 x (1 / (W - w_a) + 1 / (W - w_b)) times, summed over cells; over all pairs this
-- adds up to the pairs there are. `odds` is w / (W - w).
-- grain: one product in one cell
-- reads: basket_products, order_cells
-- writes: product_places
with
places as (
    select
        b.product_id,
        c.cell,
        sum(c.places) as places
    from basket_products b
    join order_cells c on c.order_id = b.order_id
    group by b.product_id, c.cell
),
totals as (
    select
        cell,
        sum(places) as places
    from places
    group by cell
)
select
    p.product_id,
    p.cell,
    p.places,
    p.places / nullif(t.places - p.places, 0) as odds
from places p
join totals t on t.cell = p.cell
