-- No raw table stopped coming: its newest row is not older than its source YAML's warn_after. A
-- warning: the warehouse is as right as it was, only not as young.
{{ config(severity='warn') }}

{{ stale_raw_tables('warn_after') }}
