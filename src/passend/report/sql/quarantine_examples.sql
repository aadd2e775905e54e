-- Some rows of each reason for quarantine, and how many there are.
-- grain: one example row
-- reads: quarantine
-- writes: quarantine_examples
select
    reason,
    source,
    row,
    product_id,
    product_name,
    quantity,
    unit_price,
    count(*) over (partition by reason) as rows,
    row_number() over (partition by reason order by source, row, source_id) as place
from quarantine
qualify place <= 3
