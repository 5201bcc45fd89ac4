-- Grain: one row per KPI, period grain, period, scope type and scope.

{% set scope = ['period_grain', 'period_start_date', 'scope_type', 'scope_id'] -%}
{% set keys = ['kpi_code'] + scope -%}
{% set figures = [
    'numerator', 'denominator', 'kpi_value', 'sample_count', 'is_provisional', 'data_through_at',
    'target_value', 'warning_value', 'lower_bound', 'upper_bound', 'target_scope_type',
    'kpi_status',
] -%}

with

attained as (

    select * from {{ ref('int_kpi_attainment') }}

),

assignments as (

    select * from {{ ref('kpi_role_assignments') }}

    where weight > 0

),

-- how many of its targets a scope has met; a role, of those that it is scored on
met as (

    select
        'target_attainment_rate' as kpi_code,
        {{ scope | join(',\n        ') }},
        cast(sum(targets_met) as {{ type_double() }}) as numerator,
        cast(sum(targets_evaluated) as {{ type_double() }}) as denominator,
        cast(sum(targets_evaluated) as {{ dbt.type_bigint() }}) as sample_count,
        max({{ count_if('is_provisional') }}) = 1 as is_provisional,
        max(data_through_at) as data_through_at

    from attained

    where
        targets_evaluated = 1
        and (scope_type != 'role' or scored_role != 'none')

    group by
        {{ scope | join(',\n        ') }}

),

-- a role on the figures of the centre, a team lead on those of the team, an agent on their own
-- (E41)
scored as (

    select
        attained.*,
        assignments.weight

    from attained

    inner join assignments
        on
            attained.kpi_code = assignments.kpi_code
            and case
                when attained.scope_type = 'team' then 'team_lead'
                when attained.scope_type = 'agent' and attained.agent_role = 'agent' then 'agent'
                else attained.scored_role
            end = assignments.role

    where
        attained.kpi_target_ratio is not null
        and attained.scope_id != 'unknown'

),

indexed as (

    select
        'role_scorecard_index' as kpi_code,
        {{ scope | join(',\n        ') }},
        cast(sum(cast(weight * kpi_target_ratio as decimal(38, 12))) as {{ type_double() }})
            as numerator,
        cast(sum(cast(weight as decimal(38, 12))) as {{ type_double() }}) as denominator,
        count(*) as sample_count,
        max({{ count_if('is_provisional') }}) = 1 as is_provisional,
        max(data_through_at) as data_through_at

    from scored

    group by
        {{ scope | join(',\n        ') }}

),

on_targets as (

    select * from met
    union all
    select * from indexed

),

-- the rows about targets, valued now, with the targets that they have themselves
completed as (

    select
        {% for column in keys -%}
            attained.{{ column }},
        {% endfor -%}
        attained.direction,
        attained.unit,
        on_targets.numerator,
        on_targets.denominator,
        {{ safe_ratio('on_targets.numerator', 'on_targets.denominator') }} as kpi_value,
        on_targets.sample_count,
        attained.is_provisional or on_targets.is_provisional as is_provisional,
        on_targets.data_through_at,
        attained.target_value,
        attained.warning_value,
        attained.lower_bound,
        attained.upper_bound,
        attained.target_scope_type

    from attained

    inner join on_targets
        on
            attained.kpi_code = on_targets.kpi_code
            and attained.period_grain = on_targets.period_grain
            and attained.period_start_date = on_targets.period_start_date
            and attained.scope_type = on_targets.scope_type
            and attained.scope_id = on_targets.scope_id

),

judged as (

    select
        *,
        {{ kpi_status() }} as kpi_status

    from completed

),

compared as (

    select
        *,
        {{ kpi_attainment() }} as kpi_target_ratio

    from judged

),

all_kpis as (

    select
        {{ keys | join(',\n        ') }},
        {{ figures | join(',\n        ') }},
        kpi_target_ratio,
        targets_met,
        targets_evaluated

    from attained

    where
        scored_role = 'none'
        and kpi_code not in ('target_attainment_rate', 'role_scorecard_index')

    union all

    -- of a target about targets it is no target met
    select
        {{ keys | join(',\n        ') }},
        {{ figures | join(',\n        ') }},
        case when kpi_target_ratio > 1.2 then 1.2 else kpi_target_ratio end as kpi_target_ratio,
        0 as targets_met,
        0 as targets_evaluated

    from compared

),

-- the period before, and the same one a year before: of days and weeks the same weekday
dated as (

    select
        *,
        case period_grain
            when 'day' then {{ add_days('period_start_date', -1) }}
            when 'week' then {{ add_days('period_start_date', -7) }}
            {%- for grain in ['month', 'quarter', 'year'] %}
                when '{{ grain }}'
                    then {{ period_start(grain, add_days('period_start_date', -1)) }}
            {%- endfor %}
        end as previous_start_date,
        case
            when period_grain in ('day', 'week') then {{ add_days('period_start_date', -364) }}
            else cast({{ dbt.dateadd('year', -1, 'period_start_date') }} as date)
        end as previous_year_start_date

    from all_kpis

),

final as (

    select
        ---------- ids
        dated.kpi_code,
        dated.scope_id,

        ---------- strings
        dated.period_grain,
        dated.scope_type,
        dated.kpi_status,
        dated.target_scope_type,

        ---------- numerics
        dated.numerator,
        dated.denominator,
        dated.kpi_value,
        dated.sample_count,
        dated.target_value,
        dated.warning_value,
        dated.lower_bound,
        dated.upper_bound,
        cast(dated.kpi_target_ratio as {{ type_double() }}) as kpi_target_ratio,
        cast(dated.targets_met as {{ dbt.type_bigint() }}) as targets_met,
        cast(dated.targets_evaluated as {{ dbt.type_bigint() }}) as targets_evaluated,
        before.kpi_value as previous_value,
        year_before.kpi_value as previous_year_value,

        ---------- booleans
        coalesce(dated.sample_count < case
            when dated.scope_type = 'agent' then {{ var('small_sample_agent_n') }}
            else {{ var('small_sample_n') }}
        end, false) as is_small_sample,
        dated.is_provisional,

        ---------- dates
        dated.period_start_date,

        ---------- timestamps (UTC)
        dated.data_through_at

    from dated

    {% for alias, start_date in {
        'before': 'previous_start_date', 'year_before': 'previous_year_start_date',
    }.items() -%}
        left join dated as {{ alias }}
            on
                dated.kpi_code = {{ alias }}.kpi_code
                and dated.period_grain = {{ alias }}.period_grain
                and dated.{{ start_date }} = {{ alias }}.period_start_date
                and dated.scope_type = {{ alias }}.scope_type
                and dated.scope_id = {{ alias }}.scope_id

    {% endfor %}
)

select * from final
