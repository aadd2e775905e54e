-- Rows of orders of which a newer export was read. Two exports tell of the same order where its number, its customer,
-- its day and at least one of its products agree; the rest of an order that a file cuts off at its end shares none.
-- Where customers were numbered anew between two exports (each old number stands for one new one, and the orders hold
-- the same products), orders are told by number and day alone.
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
sizes as (
    select
        order_id,
        source_id,
        count(*) as pieces
    from pieces
    group by order_id, source_id
),
common as (
    select
        p.order_id,
        p.source_id,
        q.source_id as other_id,
        count(*) as pieces
    from pieces p
    join pieces q
        on q.order_id = p.order_id
        and q.source_id <> p.source_id
        and q.product_id = p.product_id
        and q.is_back = p.is_back
    group by p.order_id, p.source_id, q.source_id
),
-- Orders that two exports give to customers of other numbers.
differing as (
    select
        v.source_id,
        w.source_id as other_id,
        v.customer_id,
        w.customer_id as other_customer_id,
        case
            when
                c.pieces = a.pieces and c.pieces = b.pieces
                and coalesce(
                    w.ordered_at between v.ordered_at - interval 1 day and v.ordered_at + interval 1 day, true
                )
                then 1
            else 0
        end as is_alike
    from versions v
    join versions w on w.order_id = v.order_id and w.source_id <> v.source_id and w.customer_id <> v.customer_id
    left join sizes a on a.order_id = v.order_id and a.source_id = v.source_id
    left join sizes b on b.order_id = w.order_id and b.source_id = w.source_id
    left join common c on c.order_id = v.order_id and c.source_id = v.source_id and c.other_id = w.source_id
),
numbers as (
    select distinct
        source_id,
        other_id,
        customer_id,
        other_customer_id
    from differing
),
people as (
    select
        source_id,
        other_id,
        count(*) as pairs,
        count(distinct customer_id) as customers,
        count(distinct other_customer_id) as other_customers
    from numbers
    group by source_id, other_id
),
renumbered as (
    select
        d.source_id,
        d.other_id
    from differing d
    join people p on p.source_id = d.source_id and p.other_id = d.other_id
    group by d.source_id, d.other_id
    having
        count(*) >= 5
        and sum(d.is_alike) >= 0.9 * count(*)
        and min(p.pairs) <= 1.1 * min(p.customers)
        and min(p.pairs) <= 1.1 * min(p.other_customers)
),
older as (
    select distinct
        v.order_id,
        v.source_id
    from versions v
    join versions w
        on w.order_id = v.order_id
        and w.source_id <> v.source_id
        and coalesce(
            w.ordered_at between v.ordered_at - interval 1 day and v.ordered_at + interval 1 day, true
        )
    left join renumbered r on r.source_id = v.source_id and r.other_id = w.source_id
    join pieces p on p.order_id = v.order_id and p.source_id = v.source_id
    join pieces q
        on q.order_id = w.order_id
        and q.source_id = w.source_id
        and q.product_id = p.product_id
        and q.is_back = p.is_back
    where
        (coalesce(w.customer_id = v.customer_id, true) or r.source_id is not null)
        and case
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
