-- What the plan holds, in numbers.
-- grain: one kind of thing that is counted
-- reads: products, relations, customer_facts, verdicts, offers
-- writes: plan_summary
select 'total' as what, 'products' as kind, count(*) as rows from products
union all
select 'total' as what, 'customers' as kind, count(*) as rows from customer_facts
union all
select 'total' as what, 'offers' as kind, count(*) as rows from offers where chosen
union all
select 'total' as what, 'customers with offers' as kind, count(distinct customer_id) as rows from offers where chosen
union all
select 'total' as what, 'held out' as kind, count(distinct customer_id) as rows from offers where not chosen
union all
select
    'total' as what,
    'nothing worth it' as kind,
    count(*) as rows
from verdicts v
left join (select distinct customer_id from offers) o on o.customer_id = v.customer_id
where o.customer_id is null and v.verdict <> 'leave alone'
union all
select 'relations' as what, type as kind, count(*) as rows from relations group by type
union all
select 'verdicts' as what, verdict as kind, count(*) as rows from verdicts group by verdict
