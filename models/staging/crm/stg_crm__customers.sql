{{ config(
    unique_key='customer_id',
    meta={'links': {
        'customer': ['customer_id'],
    }}
) }}

with

latest as (

    {{ latest_deliveries('crm', 'customers') }}

),

renamed as (

    select
        ---------- ids
        customer_id,
        merged_into_customer_id,

        ---------- strings
        lower(segment) as segment,
        upper(country) as country,
        lower(language) as language,
        lower(acquisition_source) as acquisition_source,
        _source_file as source_file,

        ---------- booleans
        is_test,

        ---------- timestamps (UTC)
        acquired_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
