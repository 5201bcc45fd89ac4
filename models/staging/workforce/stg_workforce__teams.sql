with

source as (

    {{ raw_table('workforce', 'teams') }}

),

latest as (

    {{ latest_delivery('source', ['team_id']) }}

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
