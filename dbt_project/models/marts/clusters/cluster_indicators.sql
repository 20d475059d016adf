-- Indicators of every state and cluster, in the states of the survey year; shares and quotients are
-- relative to all factories that the survey covers.
{{ published_indicators('official') }}
