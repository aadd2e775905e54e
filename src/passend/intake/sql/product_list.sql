-- The firm's product list after a new product file: a product given again replaces what was known of it.
-- grain: one product of the firm's own list
-- reads: product_list, given_products
-- writes: product_list_new
select
    k.product_id,
    k.name,
    k.category,
    k.unit_price,
    k.unit_cost,
    k.currency,
    k.kind,
    k.is_active,
    k.attributes,
    k.stock
from product_list k
left join given_products g on g.product_id = k.product_id
where g.product_id is null
union all
select
    product_id,
    name,
    category,
    unit_price,
    unit_cost,
    currency,
    kind,
    is_active,
    attributes,
    stock
from given_products
