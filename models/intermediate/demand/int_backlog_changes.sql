-- Grain: one row per local date on which the backlog changes, channel, queue, team, ticket type,
-- priority, topic and product.
{# All that a running sum needs to give the backlog of each day: +1 on the first day at whose end a
   ticket is in it, −1 after the last, and the same for the age buckets, which a ticket leaves by
   growing older. A ticket costs a few rows, however long it stays. #}
{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'backlog': 'date_day'}}
) }}
{% set since_date = backlog_since_date() %}
{% set keys = [
    'date_day', 'channel', 'queue_id', 'team_id', 'ticket_type', 'priority', 'topic_code',
    'product_code',
] %}
{% set attributes = keys[1:] | join(',\n        ') %}
{% set age_limits = [1, 3, 7, 30] %}
{% set young = ['young_1d', 'young_3d', 'young_7d', 'young_30d'] %}
{% set sets = {
    'entries': ['open_change', 'unhandled_change', 'actionable_change', 'created_epoch'] + young,
    'exits': ['open_change', 'unhandled_change', 'actionable_change', 'created_epoch'] + young,
    'flows_in': ['backlog_created', 'backlog_reopened', 'backlog_restored', 'backlog_moved_in'],
    'flows_out': ['backlog_solved', 'backlog_deleted', 'backlog_moved_out'],
} %}
{% for days in age_limits -%}
    {% do sets.update({'older_than_' ~ days ~ 'd': ['young_' ~ days ~ 'd']}) -%}
{% endfor %}

with

backlog as (

    select * from {{ ref('fct_backlog') }}

    {% if since_date -%}
    where
        left_date is null
        or left_date >= {{ since_date }}
        or last_day_end_date >= {{ add_days(since_date, -1) }}
    {%- endif %}

),

tickets as (

    select
        *,
        {% for days in age_limits -%}
            -- the last day at whose end the ticket is {{ days }} × 24 h old or younger
            {{ add_days(local_date(dbt.dateadd('day', days, 'created_at')), -1) }}
                as young_{{ days }}d_until,
        {% endfor -%}
        {{ elapsed_seconds("cast('1970-01-01' as timestamp)", 'created_at') }}
            as created_epoch_seconds

    from {{ ref('fct_tickets') }}

),

stretches as (

    select
        backlog.*,
        tickets.channel,
        tickets.ticket_type,
        tickets.priority,
        tickets.topic_code,
        tickets.product_code,
        {% for days in age_limits -%}
            tickets.young_{{ days }}d_until,
        {% endfor -%}
        tickets.created_epoch_seconds

    from backlog

    inner join tickets
        on backlog.ticket_id = tickets.ticket_id

),

at_day_ends as (

    select * from stretches

    where first_day_end_date is not null

),

entries as (

    select
        first_day_end_date as date_day,
        {{ attributes }},
        1 as open_change,
        {{ count_if('is_unhandled') }} as unhandled_change,
        {{ count_if('is_actionable') }} as actionable_change,
        {% for days in age_limits -%}
            {{ count_if('young_' ~ days ~ 'd_until >= first_day_end_date') }}
                as young_{{ days }}d,
        {% endfor -%}
        created_epoch_seconds as created_epoch

    from at_day_ends

),

exits as (

    select
        {{ add_days('last_day_end_date', 1) }} as date_day,
        {{ attributes }},
        -1 as open_change,
        -{{ count_if('is_unhandled') }} as unhandled_change,
        -{{ count_if('is_actionable') }} as actionable_change,
        {% for days in age_limits -%}
            -{{ count_if('young_' ~ days ~ 'd_until >= last_day_end_date') }}
                as young_{{ days }}d,
        {% endfor -%}
        -created_epoch_seconds as created_epoch

    from at_day_ends

    where last_day_end_date is not null

),

{% for days in age_limits -%}
    older_than_{{ days }}d as (

        select
            {{ add_days('young_' ~ days ~ 'd_until', 1) }} as date_day,
            {{ attributes }},
            -1 as young_{{ days }}d

        from at_day_ends

        where
            young_{{ days }}d_until >= first_day_end_date
            and (last_day_end_date is null or young_{{ days }}d_until < last_day_end_date)

    ),

{% endfor -%}
flows_in as (

    select
        entered_date as date_day,
        {{ attributes }},
        {{ one_if("entry_reason = 'created'") }} as backlog_created,
        {{ one_if("entry_reason = 'reopened'") }} as backlog_reopened,
        {{ one_if("entry_reason = 'restored'") }} as backlog_restored,
        {{ one_if("entry_reason = 'changed'") }} as backlog_moved_in

    from stretches

),

flows_out as (

    select
        left_date as date_day,
        {{ attributes }},
        {{ one_if("exit_reason = 'solved'") }} as backlog_solved,
        {{ one_if("exit_reason = 'deleted'") }} as backlog_deleted,
        {{ one_if("exit_reason = 'changed'") }} as backlog_moved_out

    from stretches

    where left_date is not null

),

stacked as (
    {{ stack_measures(keys, sets) }}

),

final as (

    select
        ---------- keys
        {{ keys | join(',\n        ') }},

        ---------- changes of the stock, negative when it shrinks
        coalesce(sum(open_change), 0) as open_change,
        coalesce(sum(unhandled_change), 0) as unhandled_change,
        coalesce(sum(actionable_change), 0) as actionable_change,
        {% for bucket in young -%}
            coalesce(sum({{ bucket }}), 0) as {{ bucket }}_change,
        {% endfor -%}
        -- decimals: added up in any order, the same to the microsecond
        coalesce(sum(cast(created_epoch as decimal(18, 6))), 0) as created_epoch_change,

        ---------- flows
        {{ total_columns(marks=sets['flows_in'] + sets['flows_out']) }}

    from stacked

    where
        date_day <= {{ as_of_date() }}
        and {{ 'date_day >= ' ~ since_date if since_date else 'true' }}

    group by
        {{ keys | join(',\n        ') }}

)

select * from final
