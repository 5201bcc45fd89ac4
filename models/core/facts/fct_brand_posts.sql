-- Grain: one row per post of the brand published by as_of.

{{ config(
    materialized='incremental',
    unique_key='post_id',
    meta={
        'scope': 'all',
        'links': {
            'date': ['posted_date'],
        },
    }
) }}

with

posts as (

    select * from {{ ref('stg_social__brand_posts') }}

    where posted_at <= {{ as_of() }}

),

final as (

    select
        ---------- ids
        post_id,

        ---------- strings
        coalesce(platform, 'unknown') as platform,

        ---------- numerics
        case when impressions > 0 then impressions end as impressions,
        -- what nobody saw nobody engaged with: out of both sides of the rate
        case
            when impressions > 0
                then
                    case when reactions > 0 then reactions else 0 end
                    + case when comments > 0 then comments else 0 end
                    + case when shares > 0 then shares else 0 end
        end as engagements,

        ---------- dates
        {{ local_date('posted_at') }} as posted_date,

        ---------- timestamps (UTC)
        posted_at

    from posts

)

select * from final
