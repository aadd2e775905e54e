-- E-mail addresses that belong to one customer alone: who writes under such an address is that customer.
-- grain: one address
-- reads: customers
-- writes: customer_addresses
select
    lower(email) as address,
    min(customer_id) as customer_id
from customers
where email is not null and lower(email) <> lower(customer_id)
group by lower(email)
having count(distinct customer_id) = 1
