-- Grain: one row per KPI review, held or planned.
with

reviews as (

    select * from {{ ref('stg_governance__governance_reviews') }}

),

-- held later than as_of is not held yet (Q09)
dated as (

    select
        *,
        case when held_on <= {{ as_of_date() }} then held_on end as held_date,
        {{ utc_from_local(add_days('due_on', 1)) }} <= {{ as_of() }} as is_due_day_over

    from reviews

),

-- a review is due once its day is over, or on that day when it has been held
judged as (

    select
        *,
        coalesce(
            due_on <= {{ as_of_date() }} and (is_due_day_over or held_date is not null), false
        ) as is_due

    from dated

),

final as (

    select
        ---------- ids
        governance_review_id,

        ---------- strings
        coalesce(forum_code, 'unknown') as forum_code,
        coalesce(kpi_code, 'unknown') as kpi_code,
        coalesce(cadence, 'unknown') as cadence,
        coalesce(chaired_by_role, 'unknown') as chaired_by_role,

        ---------- numerics
        {{ count_if('is_due') }} as reviews_due,
        {{ count_if('is_due and held_date is not null') }} as reviews_held,
        {{ count_if('is_due and held_date <= due_on') }} as reviews_on_time,

        ---------- dates
        due_on as due_date,
        held_date

    from judged

)

select * from final
