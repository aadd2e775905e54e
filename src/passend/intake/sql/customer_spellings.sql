-- Every way in which a customer's number is written, by the source of orders or the table that writes it so.
-- grain: one way of writing and its origin
-- reads: lines, customers, contracts, events, contacts, consents
-- writes: customer_spellings
with
written as (
    select customer_id as spelling, source_id as origin, true as in_orders from lines
    union all
    select customer_id as spelling, 'customers' as origin, false as in_orders from customers
    union all
    select customer_id as spelling, 'contracts' as origin, false as in_orders from contracts
    union all
    select customer_id as spelling, 'events' as origin, false as in_orders from events
    union all
    select customer_id as spelling, 'contacts' as origin, false as in_orders from contacts
    union all
    select customer_id as spelling, 'consents' as origin, false as in_orders from consents
)
select distinct
    spelling,
    origin,
    in_orders
from written
where spelling is not null
