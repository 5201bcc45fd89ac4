-- Grain: one row per half hour of the day.
with

numbers as (

    {{ dbt_utils.generate_series(48) }}

),

placed as (

    select
        (generated_number - 1) * 30 as starts_at_minute,
        cast(floor((generated_number - 1) / 2) as integer) as hour_of_day

    from numbers

),

final as (

    select
        ---------- strings
        lpad(cast(hour_of_day as {{ dbt.type_string() }}), 2, '0')
        || case when starts_at_minute = hour_of_day * 60 then ':00' else ':30' end
            as interval_start_time,

        ---------- numerics
        cast(starts_at_minute as integer) as starts_at_minute,
        hour_of_day

    from placed

)

select * from final
