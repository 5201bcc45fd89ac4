{{ config(
    unique_key='team_id',
    meta={'links': {
        'team': ['team_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('workforce', 'teams') }}

),

renamed as (

    select
        ---------- ids
        team_id,
        vendor_id,
        cost_center_id,

        ---------- strings
        team_name,
        site,
        time_zone,
        _source_file as source_file,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
