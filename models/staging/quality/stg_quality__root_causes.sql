{{ config(unique_key='rca_id') }}

with

latest as (

    {{ latest_deliveries('quality', 'root_causes') }}

),

renamed as (

    select
        ---------- ids
        rca_id,
        source_id,

        ---------- strings
        lower(source_type) as source_type,
        lower(error_domain) as error_domain,
        lower(root_cause) as root_cause,
        _source_file as source_file,

        ---------- timestamps (UTC)
        analysed_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
