-- Returns whose sale is not in the data.
-- grain: the whole firm
-- reads: returns
-- writes: unmatched
select count(*) as rows
from returns
where order_id is null
