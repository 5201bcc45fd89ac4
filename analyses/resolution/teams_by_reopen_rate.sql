-- Which teams solve tickets that come back? Matured tickets only, small samples marked.
with

resolutions as (

    select * from {{ ref('mart_resolution_daily') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

final as (

    select
        teams.team_id,
        teams.site,
        sum(resolutions.first_solved_matured) as first_solved_matured,
        sum(resolutions.reopened_30d) as reopened_30d,
        {{ safe_ratio('sum(resolutions.reopened_30d)', 'sum(resolutions.first_solved_matured)') }}
            as reopen_rate,
        sum(resolutions.first_solved_matured) < {{ var('small_sample_n') }} as is_small_sample

    from resolutions

    inner join teams
        on resolutions.team_id = teams.team_id

    group by
        teams.team_id,
        teams.site

)

select * from final
