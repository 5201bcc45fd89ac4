-- Grain: one row per team.
with

teams as (

    select * from {{ ref('stg_workforce__teams') }}

),

final as (

    select
        ---------- ids
        team_id,
        -- no outsourcer means the house's own team, not an unknown one
        coalesce(vendor_id, 'in_house') as vendor_id,
        coalesce(cost_center_id, 'unknown') as cost_center_id,

        ---------- strings
        coalesce(team_name, team_id) as team_name,
        coalesce(site, 'unknown') as site,
        coalesce(time_zone, '{{ var("reporting_timezone") }}') as time_zone

    from teams

    where team_id != 'unknown'

    union all

    select
        'unknown' as team_id,
        'unknown' as vendor_id,
        'unknown' as cost_center_id,
        'Unknown' as team_name,
        'unknown' as site,
        '{{ var("reporting_timezone") }}' as time_zone

)

select * from final
