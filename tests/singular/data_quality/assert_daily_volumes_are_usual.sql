-- No raw table delivered far more or far less of a day than it does on that weekday. A warning: a
-- busy day is no defect of the data. Thresholds: vars volume_….
{{ config(severity='warn') }}

select *

from {{ ref('dq_daily_volumes') }}

where is_anomalous
