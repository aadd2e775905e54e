-- What a customer's contacts say: the service they needed and what it cost, how satisfied they are, which offers
-- they got and how they answered.
-- grain: one customer with contacts
-- reads: customer_contacts, decision_date
-- writes: contact_facts
select
    c.customer_id,
    count(*) filter (where c.is_service) as service_contacts,
    sum(case when c.is_service then c.minutes end) as service_minutes,
    cast(sum(case when c.is_service then c.cost_cents else 0 end) as bigint) as service_cost_cents,
    count(*) filter (where c.is_complaint) as complaints,
    avg(c.satisfaction) as satisfaction,
    count(*) filter (where c.is_sent) as contacts_received,
    count(*) filter (where c.is_answered) as contacts_answered,
    count(*) filter (where c.is_accepted) as offers_accepted,
    count(*) filter (where c.is_declined) as offers_declined,
    count(*) filter (where c.is_unsubscribed) as unsubscribes,
    min(case when c.is_sent then date_diff('day', c.happened_at, d.as_of) end) as last_contact_days,
    cast(sum(case when c.is_service then 0 else c.cost_cents end) as bigint) as contact_cost_cents
from customer_contacts c
cross join decision_date d
group by c.customer_id
