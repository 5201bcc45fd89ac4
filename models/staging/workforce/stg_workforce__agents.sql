{{ config(unique_key='agent_id') }}

with

latest as (

    {{ latest_deliveries('workforce', 'agents') }}

),

renamed as (

    select
        ---------- ids
        agent_id,
        person_id,
        vendor_id,

        ---------- strings
        lower(role) as agent_role,
        lower(termination_type) as termination_type,
        lower(worker_type) as worker_type,
        site,
        upper(country) as country,
        _source_file as source_file,

        ---------- numerics
        fte,

        ---------- dates
        hire_date,
        termination_date,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
