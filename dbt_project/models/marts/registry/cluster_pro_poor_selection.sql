-- The pro-poor lens of source 001 (sections 3.2 and 4.2.2): that products are marketable comes first, then
-- who works and owns, labour intensity, wages near the poverty line, nearness of units, priority regions.
-- Weights, values and quotas are a proposal unless the user gives his own. No part of the index.
{{ selection_of_lens('pro_poor') }}
