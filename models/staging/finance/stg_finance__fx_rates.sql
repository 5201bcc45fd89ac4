with

source as (

    {{ raw_table('finance', 'fx_rates') }}

),

latest as (

    {{ latest_delivery('source', ['rate_month', 'from_currency', 'to_currency']) }}

),

renamed as (

    select
        ---------- strings
        upper(from_currency) as from_currency,
        upper(to_currency) as to_currency,
        _source_file as source_file,

        ---------- numerics
        rate,

        ---------- dates
        rate_month,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
