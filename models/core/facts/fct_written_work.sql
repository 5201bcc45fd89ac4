-- Grain: one row per ticket, agent, channel and local date with measured work on what was written.

{{ config(
    materialized='incremental',
    unique_key='ticket_id',
    meta={
        'scope': {'ticket': 'ticket_id'},
        'links': {
            'date': ['sent_date'],
        },
    }
) }}

with

written_work as (

    select * from {{ ref('int_written_work') }}

),

final as (

    select
        ---------- ids
        ticket_id,
        agent_id,
        team_id,

        ---------- strings
        channel,

        ---------- numerics
        work_seconds,

        ---------- dates
        sent_date

    from written_work

)

select * from final
