-- Grain: one row per queue.
with

queues as (

    select * from {{ ref('cfg_queues') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

members as (

    select
        queue_id,
        queue_name,
        media,
        team_id,
        calendar_id,
        service_level_seconds,
        service_level_alt_seconds,
        short_abandon_seconds,
        standard_handle_seconds

    from queues

    where queue_id != 'unknown'

    union all

    select
        'unknown' as queue_id,
        'Unknown' as queue_name,
        'unknown' as media,
        null as team_id,
        null as calendar_id,
        null as service_level_seconds,
        null as service_level_alt_seconds,
        null as short_abandon_seconds,
        null as standard_handle_seconds

),

final as (

    select
        ---------- ids
        members.queue_id,
        coalesce(teams.team_id, 'unknown') as team_id,
        members.calendar_id,

        ---------- strings
        members.queue_name,
        members.media,

        ---------- numerics
        coalesce(members.service_level_seconds, {{ var('service_level_seconds') }})
            as service_level_seconds,
        coalesce(members.service_level_alt_seconds, {{ var('service_level_alt_seconds') }})
            as service_level_alt_seconds,
        coalesce(members.short_abandon_seconds, {{ var('short_abandon_seconds') }})
            as short_abandon_seconds,
        coalesce(members.standard_handle_seconds, {{ var('standard_handle_seconds') }})
            as standard_handle_seconds

    from members

    left join teams
        on members.team_id = teams.team_id

)

select * from final
