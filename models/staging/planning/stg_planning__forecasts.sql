{{ config(unique_key=['forecast_version', 'queue_id', 'interval_start_at']) }}

with

latest as (

    {{ latest_deliveries('planning', 'forecasts') }}

),

renamed as (

    select
        ---------- ids
        queue_id,

        ---------- strings
        forecast_version,
        _source_file as source_file,

        ---------- numerics
        interval_minutes,
        forecast_contacts,
        forecast_aht_seconds,
        required_staff,

        ---------- timestamps (UTC)
        published_at,
        interval_start as interval_start_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
