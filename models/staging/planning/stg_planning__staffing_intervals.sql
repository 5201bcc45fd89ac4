{{ config(unique_key=['queue_id', 'interval_start_at']) }}

with

latest as (

    {{ latest_deliveries('planning', 'staffing_intervals') }}

),

renamed as (

    select
        ---------- ids
        queue_id,

        ---------- strings
        _source_file as source_file,

        ---------- numerics
        interval_minutes,
        scheduled_staff,
        actual_staff,

        ---------- timestamps (UTC)
        interval_start as interval_start_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
