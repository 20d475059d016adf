-- The same in states that stay the same in all years: states that split or merged are one. Stars are given
-- in official states only.
{{ published_indicators('harmonised') }}
