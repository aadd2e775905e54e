-- Variants of one product: names that differ in one word only, such as a colour or a size. A name without one of its
-- words is a pattern; the pattern that most products share is the family. Patterns that more than 30 products share
-- are numbering, not families.
-- grain: one product that has variants
-- reads: products
-- writes: families
with
places as (
    select 1 as place
    union all select 2 as place
    union all select 3 as place
    union all select 4 as place
    union all select 5 as place
    union all select 6 as place
    union all select 7 as place
    union all select 8 as place
),
names as (
    select
        product_id,
        replace(replace(lower(trim(name)), '  ', ' '), '  ', ' ') as name
    from products
),
words as (
    select
        n.product_id,
        n.name,
        split_part(n.name, ' ', p.place) as word
    from names n
    cross join places p
    where split_part(n.name, ' ', 3) <> ''
),
patterns as (
    select distinct
        product_id,
        replace(' ' || name || ' ', ' ' || word || ' ', ' _ ') as pattern
    from words
    where word <> ''
),
shared as (
    select
        pattern,
        count(*) as products
    from patterns
    group by pattern
    having count(*) between 2 and 30
),
ranked as (
    select
        p.product_id,
        p.pattern,
        row_number() over (partition by p.product_id order by s.products desc, p.pattern) as place
    from patterns p
    join shared s on s.pattern = p.pattern
)
select
    product_id,
    pattern as family
from ranked
where place = 1
