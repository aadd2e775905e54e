-- Every way in which a product's number is written, by the source of orders or the table that writes it so.
-- grain: one way of writing and its origin
-- reads: lines, product_list, contracts, events, contacts
-- writes: product_spellings
with
written as (
    select product_id as spelling, source_id as origin, true as in_orders from lines
    union all
    select product_id as spelling, 'product_list' as origin, false as in_orders from product_list
    union all
    select product_id as spelling, 'contracts' as origin, false as in_orders from contracts
    union all
    select product_id as spelling, 'events' as origin, false as in_orders from events
    union all
    select product_id as spelling, 'contacts' as origin, false as in_orders from contacts
)
select distinct
    spelling,
    origin,
    in_orders
from written
where spelling is not null
