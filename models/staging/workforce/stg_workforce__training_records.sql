{{ config(unique_key='training_record_id') }}

with

latest as (

    {{ latest_deliveries('workforce', 'training_records') }}

),

renamed as (

    select
        ---------- ids
        training_record_id,
        agent_id,

        ---------- strings
        skill_code,
        lower(skill_type) as skill_type,
        lower(channel) as channel,
        _source_file as source_file,

        ---------- booleans
        is_passed,

        ---------- dates
        valid_until,

        ---------- timestamps (UTC)
        completed_at,
        _loaded_at as loaded_at

    from latest

)

select * from renamed
