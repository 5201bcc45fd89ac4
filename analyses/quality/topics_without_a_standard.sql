-- How consistently are topics solved that have no standard code? The share of the code that is used
-- most: resolution_consistency_rate leaves these topics out, and a standard is chosen from here.
with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and resolved_date is not null
        and topic_code != 'unknown'
        and resolution_code is not null

),

topics as (

    select * from {{ ref('dim_topic') }}

    where standard_resolution_code is null

),

coded as (

    select
        tickets.topic_code,
        tickets.resolution_code,
        count(*) as tickets_solved

    from tickets

    inner join topics
        on tickets.topic_code = topics.topic_code

    group by
        tickets.topic_code,
        tickets.resolution_code

),

ranked as (

    select
        *,
        sum(tickets_solved) over (partition by topic_code) as coded_resolutions,
        -- as often as another: the code decides
        row_number() over (
            partition by topic_code
            order by tickets_solved desc, resolution_code asc
        ) as code_rank

    from coded

),

final as (

    select
        topic_code,
        resolution_code as modal_resolution_code,
        tickets_solved as modal_resolutions,
        coded_resolutions,
        {{ safe_ratio('tickets_solved', 'coded_resolutions') }} as modal_resolution_rate,
        coded_resolutions < {{ var('small_sample_n') }} as is_small_sample

    from ranked

    where code_rank = 1

)

select * from final
