-- Every name under which an article number appears, with how often: from these the intake chooses the name
-- and recognises postage, fees and the like.
-- grain: one article number and name
-- reads: lines
-- writes: product_names
select
    product_id,
    coalesce(product_name, '') as product_name,
    count(*) as lines
from lines
where product_id is not null
group by product_id, coalesce(product_name, '')
