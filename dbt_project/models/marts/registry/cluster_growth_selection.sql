-- Growth and competitiveness: the eight parameters of source 003 (slide 20), each between 0 and 1, the share
-- of attainable points with its error, and the list under quotas (slide 19). Weights, values and quotas
-- are a proposal unless the user gives his own. No part of the index.
{{ selection_of_lens('growth') }}
