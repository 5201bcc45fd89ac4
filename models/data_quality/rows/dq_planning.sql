-- Grain: one row per finding on a row of the source planning.
{{ raw_findings('planning', ['forecasts', 'staffing_intervals']) }}
