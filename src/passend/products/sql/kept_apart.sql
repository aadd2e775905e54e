-- What is not offered to those who have a product: what replaces it (unless people pinned it), and what people forbade
-- beside it.
-- grain: one product owned or in the cart, and another
-- reads: relations, relation_edits
-- writes: kept_apart
with
decided as (
    select
        product_id,
        other_id,
        action,
        type,
        row_number() over (
            partition by product_id, other_id order by edited_at desc, action, type, note
        ) as age
    from relation_edits
    where action <> 'annotate'
)
select product_id, other_id from relations where type = 'substitute' and not is_pinned
union
select product_id, other_id from decided where age = 1 and action = 'forbid' and type is null
