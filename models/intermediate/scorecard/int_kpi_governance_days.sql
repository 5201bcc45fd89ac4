-- Grain: one row per KPI about reviews and actions, local date and scope: everything, or the role
-- in the chair.

{% set rates_of_reviews = {
    'review_compliance_rate': 'reviews_on_time',
    'review_held_rate': 'reviews_held',
} -%}

with

reviews as (

    select * from {{ ref('fct_governance_reviews') }}

),

actions as (

    select * from {{ ref('fct_improvement_actions') }}

),

-- reviews and actions are dates: nothing tells how far their log reaches
latest_source as (

    select max(data_through_at) as data_through_at

    from {{ ref('dim_source') }}

),

-- rates by the day that something is due on, openings by their own
counted as (

    {% for kpi_code, held in rates_of_reviews.items() -%}
        {% for scope_type, scope_id in {'global': "'all'", 'role': 'chaired_by_role'}.items() -%}
            select
                '{{ kpi_code }}' as kpi_code,
                due_date as date_day,
                '{{ scope_type }}' as scope_type,
                {{ scope_id }} as scope_id,
                {{ held }} as numerator,
                reviews_due as denominator

            from reviews

            where reviews_due = 1

            union all

        {% endfor -%}
    {% endfor -%}
    select
        'improvement_actions_on_time_rate' as kpi_code,
        due_date as date_day,
        'global' as scope_type,
        'all' as scope_id,
        actions_on_time as numerator,
        actions_due as denominator

    from actions

    where actions_due = 1

    union all

    select
        'improvement_actions_opened' as kpi_code,
        opened_date as date_day,
        'global' as scope_type,
        'all' as scope_id,
        actions_opened as numerator,
        null as denominator

    from actions

    where actions_opened = 1

),

final as (

    select
        counted.kpi_code,
        counted.date_day,
        counted.scope_type,
        counted.scope_id,
        cast(sum(counted.numerator) as {{ type_double() }}) as numerator,
        cast(sum(counted.denominator) as {{ type_double() }}) as denominator,
        count(*) as sample_count,
        false as is_provisional,
        max(latest_source.data_through_at) as data_through_at

    from counted

    cross join latest_source

    group by
        counted.kpi_code,
        counted.date_day,
        counted.scope_type,
        counted.scope_id

)

select * from final
