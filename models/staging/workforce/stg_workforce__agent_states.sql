with

source as (

    {{ raw_table('workforce', 'agent_states') }}

),

latest as (

    {{ latest_delivery('source', ['state_id']) }}

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
