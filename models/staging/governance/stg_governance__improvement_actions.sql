{{ config(unique_key='action_id') }}

with

latest as (

    {{ latest_deliveries('governance', 'improvement_actions') }}

),

renamed as (

    select
        ---------- ids
        action_id,
        governance_review_id,
        owner_agent_id,

        ---------- strings
        kpi_code,
        lower(action_kind) as action_kind,
        _source_file as source_file,

        ---------- numerics
        expected_gain,

        ---------- dates
        opened_on,
        due_on,
        closed_on,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
