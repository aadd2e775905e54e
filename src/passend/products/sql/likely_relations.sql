-- What likely goes with a product of which too little is proved, each with its chance and grade, and in words that claim
-- nothing. What is proved of the pair, what people forbid and what does not fit by the rules is left out.
-- grain: one product and another that likely goes with it
-- reads: likely_pairs, typed_relations, misfits, relation_edits, products
-- writes: likely_relations
with
proved as (
    select distinct product_id, other_id
    from typed_relations
),
unfit as (
    select distinct product_id, other_id
    from misfits
    where type = 'complement'
),
edits as (
    select
        product_id,
        other_id,
        action,
        type,
        row_number() over (partition by product_id, other_id order by edited_at desc, action, type) as age
    from relation_edits
    where action <> 'annotate'
),
spoken as (
    select distinct product_id, other_id
    from edits
    where age = 1 and action <> 'release'
),
stands as (
    select
        l.*,
        p.name as name,
        o.name as other_name,
        row_number() over (partition by l.product_id order by l.place) as position
    from likely_pairs l
    join products p on p.product_id = l.product_id
    join products o on o.product_id = l.other_id
    left join proved t on t.product_id = l.product_id and t.other_id = l.other_id
    left join unfit m on m.product_id = l.product_id and m.other_id = l.other_id
    left join spoken e on e.product_id = l.product_id and e.other_id = l.other_id
    where t.product_id is null and m.product_id is null and e.product_id is null and o.is_active
)
select
    product_id,
    other_id,
    cast(position as bigint) as rank,
    grade,
    chance,
    together as support,
    expected,
    base,
    alike,
    case
        when grade = 'by name and category' then
            'no order held both; by name and category ' || name || ' and ' || other_name
            || ' go together with a chance of ' || cast(round(chance * 100) as bigint) || ' %'
        when alike >= 0.4 then
            'not proved: of ' || base || ' orders with ' || name || ', ' || together || ' also held ' || other_name
            || ', and their names are alike; the chance that they go together is '
            || cast(round(chance * 100) as bigint) || ' %'
        else
            'not proved: of ' || base || ' orders with ' || name || ', ' || together || ' also held ' || other_name
            || '; the chance that they go together is ' || cast(round(chance * 100) as bigint) || ' %'
    end as reason
from stands
