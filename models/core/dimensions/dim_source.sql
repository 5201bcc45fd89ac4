-- Grain: one row per source with any data.
with

data_through as (

    select * from {{ ref('int_data_through') }}

),

final as (

    select
        source_name,
        data_through_at

    from data_through

)

select * from final
