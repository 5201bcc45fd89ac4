-- Grain: one row per KPI, period grain, period and scope; for a role, also per KPI assigned to it.

{# A role is judged on the figures of the whole centre, a KPI without figure of it is not there. -#}
{% set without_total = [
    'agent_turnover_sum_of_months_rate', 'calibration_alpha', 'cohort_churn_rate',
    'cohort_survival_rate', 'expected_service_level_rate', 'keyword_capture_rate',
    'keyword_occurrences', 'keyword_per_1000_words', 'peak_required_agents',
    'required_agents_erlang_c', 'topic_growth', 'topic_rank',
] -%}
{# What is counted is no smaller for a team because the target is of the centre (Q143, Q149). -#}
{% set is_relative -%}
    (
        kpis.kpi_kind in ('ratio', 'points')
        or (kpis.kpi_kind = 'derived' and kpis.unit in ('ratio', 'coefficient', 'seconds'))
    )
{%- endset -%}

with

kpis as (

    select * from {{ ref('dim_kpi') }}

),

measured as (

    select * from {{ ref('int_kpi_periods') }}

),

targets as (

    select * from {{ ref('kpi_targets') }}

),

assignments as (

    select * from {{ ref('kpi_role_assignments') }}

    where weight > 0

),

teams as (

    select * from {{ ref('dim_team') }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

periods as (

    select distinct
        period_grain,
        period_start_date,
        period_end_date,
        period_end_at

    from {{ ref('int_period_days') }}

),

-- what is counted by day is the work of the centre; customers and heads have a longer history
first_day as (

    select
        coalesce(
            min(case when period_grain = 'day' then period_start_date end),
            min(period_start_date)
        ) as date_day

    from measured

),

known_periods as (

    select distinct
        measured.period_grain,
        measured.period_start_date

    from measured

    inner join periods
        on
            measured.period_grain = periods.period_grain
            and measured.period_start_date = periods.period_start_date

    inner join first_day
        on periods.period_end_date >= first_day.date_day

),

-- of the whole centre every KPI has a row, with or without data (E42)
expected as (

    select
        kpis.kpi_code,
        known_periods.period_grain,
        known_periods.period_start_date,
        'global' as scope_type,
        'all' as scope_id

    from kpis

    inner join known_periods
        on
            known_periods.period_grain = 'month'
            or kpis.mart not like '%_monthly'

    where
        (kpis.presented_as = 'column' or kpis.kpi_family = 'GOV')
        and kpis.kpi_code not in (
            'kpi_target_ratio', 'target_attainment_rate', 'role_scorecard_index'
        )
        and kpis.kpi_code not in ('{{ without_total | join("', '") }}')

),

completed as (

    select
        kpi_code,
        period_grain,
        period_start_date,
        scope_type,
        scope_id,
        'none' as scored_role,
        numerator,
        denominator,
        sample_count,
        is_provisional,
        data_through_at

    from measured

    union all

    select
        expected.kpi_code,
        expected.period_grain,
        expected.period_start_date,
        expected.scope_type,
        expected.scope_id,
        'none' as scored_role,
        null as numerator,
        null as denominator,
        0 as sample_count,
        false as is_provisional,
        null as data_through_at

    from expected

    left join measured
        on
            expected.kpi_code = measured.kpi_code
            and expected.period_grain = measured.period_grain
            and expected.period_start_date = measured.period_start_date
            and expected.scope_type = measured.scope_type

    where measured.kpi_code is null

    union all

    -- the figures of the centre, once more for each role that is scored on them
    select
        measured.kpi_code,
        measured.period_grain,
        measured.period_start_date,
        'role' as scope_type,
        assignments.role as scope_id,
        assignments.role as scored_role,
        measured.numerator,
        measured.denominator,
        measured.sample_count,
        measured.is_provisional,
        measured.data_through_at

    from measured

    inner join assignments
        on measured.kpi_code = assignments.kpi_code

    where
        measured.scope_type = 'global'
        and measured.period_grain != 'day'

),

-- what the scorecard says of its own rows has targets too; the mart adds the values
on_targets as (

    select distinct
        'target_attainment_rate' as kpi_code,
        period_grain,
        period_start_date,
        scope_type,
        scope_id

    from completed

    union all

    select distinct
        'role_scorecard_index' as kpi_code,
        period_grain,
        period_start_date,
        scope_type,
        scope_id

    from completed

    where scope_type in ('role', 'team', 'agent')

),

with_targets_met as (

    select * from completed

    union all

    select
        kpi_code,
        period_grain,
        period_start_date,
        scope_type,
        scope_id,
        'none' as scored_role,
        null as numerator,
        null as denominator,
        null as sample_count,
        false as is_provisional,
        null as data_through_at

    from on_targets

),

valued as (

    select
        completed.kpi_code,
        completed.period_grain,
        completed.period_start_date,
        completed.scope_type,
        completed.scope_id,
        completed.scored_role,
        kpis.direction,
        kpis.unit,
        {{ is_relative }} as is_relative,
        -- a percentile or a distinct count has no parts that add up
        case
            when kpis.denominator_columns is not null or kpis.kpi_kind in ('count', 'stock')
                then completed.numerator
        end as numerator,
        completed.denominator,
        case
            when completed.denominator is null then completed.numerator
            else
                kpis.scale * {{ safe_ratio('completed.numerator', 'completed.denominator') }}
        end as kpi_value,
        completed.sample_count,
        completed.is_provisional or {{ as_of() }} < periods.period_end_at as is_provisional,
        case
            when completed.data_through_at > periods.period_end_at then periods.period_end_at
            else completed.data_through_at
        end as data_through_at,
        periods.period_end_date,
        -- the team of an agent, and the role, at the end of the period or now
        coalesce(
            agents.team_id,
            case when completed.scope_type = 'team' then completed.scope_id end
        ) as team_id,
        agents.agent_role,
        coalesce(agents.vendor_id, teams.vendor_id) as vendor_id,
        coalesce(agents.site, teams.site) as site

    from with_targets_met as completed

    inner join kpis
        on completed.kpi_code = kpis.kpi_code

    inner join periods
        on
            completed.period_grain = periods.period_grain
            and completed.period_start_date = periods.period_start_date

    left join teams
        on
            completed.scope_type = 'team'
            and completed.scope_id = teams.team_id

    left join agents
        on
            completed.scope_type = 'agent'
            and completed.scope_id = agents.agent_id
            and least(periods.period_end_date, {{ as_of_date() }}) >= agents.valid_from_date
            and least(periods.period_end_date, {{ as_of_date() }}) < agents.valid_to_date

),

-- every target that could apply, the most specific first (Q143): one for the scope itself, then
-- those of what it belongs to; one for this length of period before one for any
candidates as (

    select
        valued.kpi_code,
        valued.period_grain,
        valued.period_start_date,
        valued.scope_type,
        valued.scope_id,
        valued.scored_role,
        targets.target_value,
        targets.warning_value,
        targets.lower_bound,
        targets.upper_bound,
        targets.scope_type as target_scope_type,
        row_number() over (
            partition by
                valued.kpi_code,
                valued.period_grain,
                valued.period_start_date,
                valued.scope_type,
                valued.scope_id,
                valued.scored_role
            order by
                case targets.scope_type
                    when 'agent' then 1
                    when 'role' then 2
                    when 'team' then 3
                    when 'queue' then 4
                    when 'channel' then 4
                    when 'vendor' then 5
                    when 'site' then 6
                    else 7
                end,
                case when targets.period_grain is null then 2 else 1 end,
                coalesce(targets.valid_from, cast('1900-01-01' as date)) desc
        ) as precedence

    from valued

    inner join targets
        on
            valued.kpi_code = targets.kpi_code
            and coalesce(targets.period_grain, valued.period_grain) = valued.period_grain
            and valued.period_end_date >= coalesce(targets.valid_from, valued.period_end_date)
            and (targets.valid_to is null or valued.period_end_date < targets.valid_to)
            and (
                (
                    valued.scope_type = targets.scope_type
                    and valued.scope_id = targets.scope_id
                )
                -- the figures that a role is scored on are those of the whole centre
                or (targets.scope_type = 'global' and valued.scored_role != 'none')
                or (
                    valued.is_relative
                    and (
                        targets.scope_type = 'global'
                        or (targets.scope_type = 'site' and valued.site = targets.scope_id)
                        or (targets.scope_type = 'vendor' and valued.vendor_id = targets.scope_id)
                        or (targets.scope_type = 'team' and valued.team_id = targets.scope_id)
                        or (targets.scope_type = 'role' and valued.agent_role = targets.scope_id)
                    )
                )
            )

    -- nobody has set a target for those that are not known (Q149)
    where valued.scope_id != 'unknown'

),

targeted as (

    select
        valued.*,
        candidates.target_value,
        candidates.warning_value,
        candidates.lower_bound,
        candidates.upper_bound,
        candidates.target_scope_type

    from valued

    left join candidates
        on
            valued.kpi_code = candidates.kpi_code
            and valued.period_grain = candidates.period_grain
            and valued.period_start_date = candidates.period_start_date
            and valued.scope_type = candidates.scope_type
            and valued.scope_id = candidates.scope_id
            and valued.scored_role = candidates.scored_role
            and candidates.precedence = 1

),

judged as (

    select
        *,
        {{ kpi_status() }} as kpi_status

    from targeted

),

compared as (

    select
        *,
        {{ kpi_attainment() }} as uncapped_attainment

    from judged

),

final as (

    select
        kpi_code,
        period_grain,
        period_start_date,
        scope_type,
        scope_id,
        scored_role,
        agent_role,
        direction,
        unit,
        numerator,
        denominator,
        kpi_value,
        sample_count,
        is_provisional,
        data_through_at,
        target_value,
        warning_value,
        lower_bound,
        upper_bound,
        target_scope_type,
        kpi_status,
        case
            when uncapped_attainment > 1.2 then 1.2
            when uncapped_attainment < 0 then 0.0
            else uncapped_attainment
        end as kpi_target_ratio,
        {{ count_if("kpi_status = 'met'") }} as targets_met,
        {{ count_if("kpi_status in ('met', 'warning', 'missed')") }} as targets_evaluated

    from compared

)

select * from final
