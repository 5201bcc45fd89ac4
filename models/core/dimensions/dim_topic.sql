-- Grain: one row per topic.
with

topics as (

    select * from {{ ref('cfg_topics') }}

),

final as (

    select
        ---------- strings
        topic_code,
        label as topic_label,
        -- a topic of the first level is its own parent: group by this column to roll up
        coalesce(parent_topic_code, topic_code) as parent_topic_code,
        standard_resolution_code,

        ---------- booleans
        coalesce(is_selfcare_eligible, false) as is_selfcare_eligible

    from topics

    where topic_code != 'unknown'

    union all

    select
        'unknown' as topic_code,
        'Unknown' as topic_label,
        'unknown' as parent_topic_code,
        null as standard_resolution_code,
        false as is_selfcare_eligible

)

select * from final
