{{ config(unique_key='mystery_call_id') }}

with

latest as (

    {{ latest_deliveries('quality', 'mystery_calls') }}

),

renamed as (

    select
        ---------- ids
        mystery_call_id,
        agent_id,

        ---------- strings
        scenario_code,
        _source_file as source_file,

        ---------- numerics
        channels_promoted_count,
        promotion_quality_score,
        overall_score,

        ---------- booleans
        is_valid,
        promotion_expected,

        ---------- timestamps (UTC)
        call_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
