-- What each customer has brought and cost so far, over all periods: goods apart from what returns and service cost.
-- grain: one customer with orders or costs
-- reads: customer_profit
-- writes: customer_costs
select
    customer_id,
    cast(sum(revenue_cents) as bigint) as revenue_cents,
    cast(sum(goods_cost_cents) as bigint) as goods_cost_cents,
    cast(sum(returned_cents + return_cost_cents + service_cost_cents) as bigint) as cost_cents,
    max(currency) as currency
from customer_profit
group by customer_id
