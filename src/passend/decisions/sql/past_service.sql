-- What service cost the firm, customer by customer.
-- grain: one contact of a customer with the firm
-- reads: contacts, decision_date
-- writes: past_service
select
    customer_id,
    happened_at,
    cost_cents
from contacts
cross join decision_date
where direction = 'in' and customer_id is not null and happened_at < as_of and cost_cents > 0
