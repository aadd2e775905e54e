-- The rows of a file beside the orders that cannot be used and were not set aside before, as when a file has grown.
-- grain: one row of a file beside the orders that cannot be used
-- reads: given_set_aside, set_aside
-- writes: added_set_aside
with
known as (
    select distinct kind, reason, raw
    from set_aside
)
select
    g.source_id,
    g.source,
    g.row,
    g.kind,
    g.reason,
    g.raw
from given_set_aside g
left join known k on k.kind = g.kind and k.reason = g.reason and coalesce(k.raw, '') = coalesce(g.raw, '')
where k.kind is null
