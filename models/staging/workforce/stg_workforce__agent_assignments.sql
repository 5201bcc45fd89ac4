{{ config(unique_key=['agent_id', 'valid_from']) }}

with

latest as (

    {{ latest_deliveries('workforce', 'agent_assignments') }}

),

renamed as (

    select
        ---------- ids
        agent_id,
        team_id,
        team_lead_id,

        ---------- strings
        lower(role) as agent_role,
        lower(change_reason) as change_reason,
        _source_file as source_file,

        ---------- numerics
        fte,

        ---------- dates
        valid_from,
        valid_to,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
