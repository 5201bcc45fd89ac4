-- Interval, day, week and month have the contacts, errors and hours of the facts, and the evaluated
-- contacts of a day are never more than those that came.
with

facts as (

    select
        coalesce(sum(case when is_evaluated then actual_contacts end), 0) as actual_contacts,
        coalesce(sum(abs_error), 0) as abs_error,
        count(case when is_evaluated then queue_id end) as intervals

    from {{ ref('fct_forecast_intervals') }}

),

staffing as (

    select
        coalesce(sum(actual_staff_hours), 0) as actual_staff_hours,
        count(case when is_understaffed then queue_id end) as understaffed_intervals

    from {{ ref('fct_staffing_intervals') }}

),

marts as (

    {% for grain in ['interval', 'daily', 'weekly', 'monthly'] -%}
        select
            '{{ grain }}' as grain,
            coalesce(sum(actual_contacts), 0) as actual_contacts,
            coalesce(sum(abs_error), 0) as abs_error,
            coalesce(sum(intervals), 0) as intervals,
            coalesce(sum(actual_staff_hours), 0) as actual_staff_hours,
            coalesce(sum(understaffed_intervals), 0) as understaffed_intervals

        from {{ ref('mart_workforce_planning_' ~ grain) }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

contacts as (

    select
        queue_id,
        {{ local_date('coalesce(enqueued_at, contact_at)') }} as date_day,
        count(*) as contacts

    from {{ ref('fct_contacts') }}

    where is_contact

    group by
        queue_id,
        {{ local_date('coalesce(enqueued_at, contact_at)') }}

),

lost as (

    select marts.grain as finding

    from marts

    cross join facts

    cross join staffing

    where
        marts.actual_contacts != facts.actual_contacts
        or marts.abs_error != facts.abs_error
        or marts.intervals != facts.intervals
        or marts.actual_staff_hours != staffing.actual_staff_hours
        or marts.understaffed_intervals != staffing.understaffed_intervals

),

doubled as (

    select 'contacts counted twice' as finding

    from {{ ref('mart_workforce_planning_daily') }} as daily

    left join contacts
        on
            daily.queue_id = contacts.queue_id
            and daily.date_day = contacts.date_day

    where daily.actual_contacts > coalesce(contacts.contacts, 0)

)

select * from lost

union all

select * from doubled
