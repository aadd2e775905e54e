-- What service cost the firm, customer by customer.
-- grain: one contact of a customer with the firm
-- reads: contacts
-- writes: past_service
select
    customer_id,
    happened_at,
    cost_cents
from contacts
where direction = 'in' and customer_id is not null and happened_at is not null and cost_cents > 0
