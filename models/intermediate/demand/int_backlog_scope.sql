-- Grain: one row per partial run, the present one: from which local day on it restates the backlog.
-- None in a full run. No stretch of a ticket matters before the day it was entered on.

{# changes of these are known once they are built #}
{% set backlog = ref('fct_backlog') -%}
-- depends_on: {{ ref('fct_tickets') }}

{% if execute and not is_partial_run() -%}
    select cast(null as date) as since_date

    where 1 = 0
{% else -%}
with

candidates as (

    -- stretches that are others now, or were others before
    select cast(entity_id as date) as date_day

    from {{ change_log() }}

    where entity = 'backlog_since'

    union all

    -- the backlog is shown by attributes of the ticket
    select entered_date as date_day

    from {{ backlog }}

    where
        ticket_id in (
            select entity_id from {{ change_log() }}
            where
                relation_name = 'fct_tickets'
                and entity = 'ticket'
        )

    union all

    -- the last day, which was not over, or of which not all data had come
    select max(date_day) as date_day

    from {{ stored_relation('core', 'fct_backlog_daily') }}

),

final as (

    select min(date_day) as since_date

    from candidates

)

select * from final
{%- endif %}
