{{ config(unique_key='payroll_line_id') }}

with

latest as (

    {{ latest_deliveries('finance', 'payroll') }}

),

renamed as (

    select
        ---------- ids
        payroll_line_id,
        agent_id,
        cost_center_id,
        adjusts_line_id,

        ---------- strings
        lower(component) as pay_component,
        upper(currency) as currency_code,
        _source_file as source_file,

        ---------- numerics
        hours_paid,
        gross_amount,
        employer_charges_amount,

        ---------- dates
        pay_period_start,
        pay_period_end,

        ---------- timestamps (UTC)
        posted_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
