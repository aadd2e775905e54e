-- The account of the intake: every line is an order line, a return, or set aside for a reason. An order line that says
-- itself that it came back is counted as an order line, and once more beside these, as told.
-- grain: one fate of lines, one reason of quarantine
-- reads: lines, orders, returns, quarantine
-- writes: account
select 'lines' as fate, '' as reason, count(*) as rows from lines
union all
select 'orders' as fate, '' as reason, count(*) as rows from orders
union all
select 'returns' as fate, '' as reason, count(*) as rows from returns where not is_on_sale_row
union all
select 'told' as fate, '' as reason, count(*) as rows from returns where is_on_sale_row
union all
select 'quarantine' as fate, reason, count(*) as rows from quarantine where kind = 'orders' group by reason
