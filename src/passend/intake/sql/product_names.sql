-- Every name under which an article number appears, with how often: from these the intake chooses the name
-- and recognises postage, fees and the like.
-- grain: one article number and name
-- reads: lines, superseded_lines
-- writes: product_names
select
    l.product_id,
    coalesce(l.product_name, '') as product_name,
    count(*) as lines
from lines l
left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
where s.row is null and l.product_id is not null
group by l.product_id, coalesce(l.product_name, '')
