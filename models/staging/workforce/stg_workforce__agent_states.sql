{{ config(
    unique_key='state_id',
    meta={'links': {
        'agent_since': [
            "cast(cast(started_at as date) as varchar) || '|' || coalesce(agent_id, '')",
        ],
    }}
) }}

with

latest as (

    {{ latest_deliveries('workforce', 'agent_states') }}

),

renamed as (

    select
        ---------- ids
        state_id,
        agent_id,
        reference_id,

        ---------- strings
        lower(state) as agent_state,
        lower(channel) as channel,
        lower(reference_type) as reference_type,
        _source_file as source_file,

        ---------- timestamps (UTC)
        started_at,
        ended_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
