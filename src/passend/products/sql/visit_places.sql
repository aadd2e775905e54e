-- A product's places beside other products in visits, cell by cell; see product_places.
-- grain: one product in one cell, viewed or wanted
-- reads: visit_cells
-- writes: visit_places
with
places as (
    select
        source,
        product_id,
        cell,
        sum(places) as places
    from visit_cells
    group by source, product_id, cell
),
totals as (
    select
        source,
        cell,
        sum(places) as places
    from places
    group by source, cell
)
select
    p.source,
    p.product_id,
    p.cell,
    p.places,
    p.places / nullif(t.places - p.places, 0) as odds
from places p
join totals t on t.source = p.source and t.cell = p.cell
