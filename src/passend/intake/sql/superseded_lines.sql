-- Rows of orders of which a newer export was read. Two exports tell of the same order where its number, its customer,
-- its day and at least one of its products agree; the rest of an order that a file cuts off at its end shares none.
-- Newer is what was changed last, as the rows say, else the export that reaches further, else the one read later.
-- grain: one row of a source that a newer export replaces
-- reads: lines, imports
-- writes: superseded_lines
with
-- One export alone has nothing to replace.
several as (
    select count(*) as exports
    from imports
    having count(*) > 1
),
shared as (
    select l.order_id
    from lines l
    cross join several
    where l.order_id is not null
    group by l.order_id
    having min(l.source_id) <> max(l.source_id)
),
versions as (
    select
        l.order_id,
        l.source_id,
        i.as_of,
        i.imported_at,
        min(l.customer_id) as customer_id,
        min(l.ordered_at) as ordered_at,
        max(l.updated_at) as updated_at
    from lines l
    join shared s on s.order_id = l.order_id
    join imports i on i.source_id = l.source_id
    where i.as_of is not null
    group by l.order_id, l.source_id, i.as_of, i.imported_at
),
pieces as (
    select distinct
        l.order_id,
        l.source_id,
        l.product_id,
        l.quantity < 0 or l.is_cancelled as is_back
    from lines l
    join shared s on s.order_id = l.order_id
    where l.product_id is not null
),
older as (
    select distinct
        v.order_id,
        v.source_id
    from versions v
    join versions w
        on w.order_id = v.order_id
        and w.source_id <> v.source_id
        and coalesce(w.customer_id = v.customer_id, true)
        and coalesce(
            w.ordered_at between v.ordered_at - interval 1 day and v.ordered_at + interval 1 day, true
        )
    join pieces p on p.order_id = v.order_id and p.source_id = v.source_id
    join pieces q
        on q.order_id = w.order_id
        and q.source_id = w.source_id
        and q.product_id = p.product_id
        and q.is_back = p.is_back
    where
        case
            when w.updated_at is not null and v.updated_at is not null and w.updated_at <> v.updated_at
                then w.updated_at > v.updated_at
            when w.as_of <> v.as_of then w.as_of > v.as_of
            when w.imported_at <> v.imported_at then w.imported_at > v.imported_at
            else w.source_id > v.source_id
        end
)
select
    l.source_id,
    l.row
from lines l
cross join several
join older o on o.order_id = l.order_id and o.source_id = l.source_id
