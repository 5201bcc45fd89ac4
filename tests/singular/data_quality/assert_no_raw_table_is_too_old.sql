-- No raw table is older than its source YAML's error_after: var freshness_error_hours, by default
-- never.
{{ stale_raw_tables('error_after') }}
