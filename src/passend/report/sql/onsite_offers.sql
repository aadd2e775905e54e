-- Offers of the plan that are made on the firm's own pages.
-- grain: the one row
-- reads: offers
-- writes: onsite_offers
select count(*) as offers
from offers
where chosen and channel = 'onsite'
