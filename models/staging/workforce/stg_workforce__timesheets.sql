{{ config(unique_key=['agent_id', 'work_date']) }}

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
