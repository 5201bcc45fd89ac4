{#- small, and its key is folded in case here: deduplicated anew by each run -#}
{{ config(materialized='table') }}

with

latest as (

    {{ latest_deliveries('finance', 'fx_rates') }}

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
