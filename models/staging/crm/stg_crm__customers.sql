with

source as (

    {{ raw_table('crm', 'customers') }}

),

latest as (

    {{ latest_delivery('source', ['customer_id']) }}

),

renamed as (

    select
        ---------- ids
        customer_id,
        merged_into_customer_id,

        ---------- strings
        segment,
        upper(country) as country,
        lower(language) as language,
        acquisition_source,
        _source_file as source_file,

        ---------- booleans
        is_test,

        ---------- timestamps (UTC)
        acquired_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
