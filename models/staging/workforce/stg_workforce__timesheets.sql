{{ config(
    unique_key=['agent_id', 'work_date'],
    meta={'links': {'agent_since': ["cast(work_date as varchar) || '|' || agent_id"]}}
) }}

with

latest as (

    {{ latest_deliveries('workforce', 'timesheets') }}

),

renamed as (

    select
        ---------- ids
        agent_id,

        ---------- strings
        _source_file as source_file,

        ---------- numerics
        scheduled_hours,
        worked_hours,
        paid_hours,
        billable_hours,
        billed_hours,
        overtime_hours,
        absence_hours,

        ---------- dates
        work_date,

        ---------- timestamps (UTC)
        _loaded_at as loaded_at

    from latest

)

select * from renamed
