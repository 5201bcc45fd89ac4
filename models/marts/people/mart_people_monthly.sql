-- Grain: one row per period, team, site, vendor, worker type, role, tenure band and survey wave.

{% set keys = [
    'period_grain', 'period_start_date', 'team_id', 'site', 'vendor_id', 'worker_type',
    'agent_role', 'tenure_band', 'survey_code',
] -%}
{% set period_grains = {'month': 1, 'quarter': 3, 'year': 12} -%}
{% set termination_types = [
    'voluntary', 'involuntary', 'end_of_contract', 'retirement', 'unknown',
] -%}
{% set headcount_measures = [
    'headcount_days', 'external_headcount_days', 'agents_at_start', 'agents_at_end',
    'retained_agents', 'hires', 'departures', 'moves_in', 'moves_out', 'monthly_rate_sum',
] -%}
{% set departure_measures = [] -%}
{% for type in termination_types -%}
    {% do departure_measures.append('departures_' ~ type) -%}
{% endfor -%}
{% set training_measures = [
    'assigned_pairs', 'certified_pairs', 'certified_pairs_technical', 'certified_pairs_soft',
] -%}
{% set survey_measures = [
    'esat_valid', 'esat_satisfied_all', 'esat_score_sum_all', 'esat_shown_waves', 'esat_open_waves',
] -%}

with

spells as (

    select * from {{ ref('fct_headcount_spells') }}

    where
        is_counted
        or is_external

),

training as (

    select * from {{ ref('fct_training') }}

),

waves as (

    select * from {{ ref('fct_esat_waves') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

calendar_periods as (

    {% for grain, months in period_grains.items() -%}
        select
            '{{ grain }}' as period_grain,
            {{ grain }}_start_date as period_start_date,
            {{ months }} as months,
            count(*) as days_in_period,
            max(date_day) as period_end_date,
            max(day_end_at) as period_end_at

        from dates

        group by {{ grain }}_start_date

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- a period that goes on is cut at as_of (Q103)
cut_periods as (

    select
        *,
        least(period_end_date, {{ as_of_date() }}) as cut_date

    from calendar_periods

    where period_start_date <= {{ as_of_date() }}

),

periods as (

    select
        *,
        {{ days_between('period_start_date', 'cut_date') }} + 1 as days_elapsed

    from cut_periods

),

stretches as (

    select
        spells.*,
        periods.period_grain,
        periods.period_start_date,
        periods.cut_date,
        periods.days_elapsed,
        {{ days_between(
            'greatest(spells.from_date, periods.period_start_date)',
            'least(spells.to_date, periods.cut_date)',
        ) }} + 1 as days_employed,
        spells.from_date >= periods.period_start_date as is_started,
        spells.to_date <= periods.cut_date as is_ended,
        spells.from_date <= periods.period_start_date as is_at_start,
        spells.to_date >= periods.cut_date as is_at_end,
        -- after the last day of the period, not on it (Q135, Q154)
        spells.employed_to_date > periods.cut_date as is_staying

    from spells

    inner join periods
        on
            spells.from_date <= periods.cut_date
            and spells.to_date >= periods.period_start_date

),

headcount as (

    select
        period_grain,
        period_start_date,
        team_id,
        site,
        vendor_id,
        worker_type,
        agent_role,
        tenure_band,
        'none' as survey_code,
        max(days_elapsed) as days_elapsed,
        sum(case when is_counted then days_employed end) as headcount_days,
        sum(case when is_external then days_employed end) as external_headcount_days,
        count(case when is_counted and is_at_start then agent_id end) as agents_at_start,
        count(case when is_counted and is_at_end and is_staying then agent_id end)
            as agents_at_end,
        count(case when is_counted and is_at_start and is_staying then agent_id end)
            as retained_agents,
        count(case when is_counted and is_started and is_hire then agent_id end) as hires,
        count(case when is_counted and is_ended and is_departure then agent_id end)
            as departures,
        {% for type in termination_types -%}
            count(
                case
                    when
                        is_counted and is_ended and is_departure
                        {% if type == 'unknown' -%}
                            and termination_type not in (
                                '{{ termination_types[:-1] | join("', '") }}'
                            )
                        {%- else -%}
                            and termination_type = '{{ type }}'
                        {%- endif %}
                        then agent_id
                end
            ) as departures_{{ type }},
        {% endfor -%}
        count(case when is_started and is_move_in then agent_id end) as moves_in,
        count(case when is_ended and is_move_out then agent_id end) as moves_out

    from stretches

    group by
        period_grain,
        period_start_date,
        team_id,
        site,
        vendor_id,
        worker_type,
        agent_role,
        tenure_band

),

-- what some add up instead: the rates of the months of the period
monthly_rates as (

    select
        team_id,
        site,
        vendor_id,
        worker_type,
        agent_role,
        tenure_band,
        {{ period_start('quarter', 'headcount.period_start_date') }} as quarter_start_date,
        {{ period_start('year', 'headcount.period_start_date') }} as year_start_date,
        period_start_date as month_start_date,
        {{ safe_ratio(
            'headcount.departures * headcount.days_elapsed', 'headcount.headcount_days'
        ) }} as turnover_rate

    from headcount

    where period_grain = 'month'

),

rate_sums as (

    {% for grain in period_grains -%}
        select
            '{{ grain }}' as period_grain,
            {{ grain }}_start_date as period_start_date,
            team_id,
            site,
            vendor_id,
            worker_type,
            agent_role,
            tenure_band,
            sum(cast(turnover_rate as decimal(28, 12))) as monthly_rate_sum

        from monthly_rates

        group by
            {{ grain }}_start_date,
            team_id,
            site,
            vendor_id,
            worker_type,
            agent_role,
            tenure_band

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

headcount_rated as (

    select
        headcount.*,
        rate_sums.monthly_rate_sum

    from headcount

    left join rate_sums
        on
            headcount.period_grain = rate_sums.period_grain
            and headcount.period_start_date = rate_sums.period_start_date
            and headcount.team_id = rate_sums.team_id
            and headcount.site = rate_sums.site
            and headcount.vendor_id = rate_sums.vendor_id
            and headcount.worker_type = rate_sums.worker_type
            and headcount.agent_role = rate_sums.agent_role
            and headcount.tenure_band = rate_sums.tenure_band

),

-- a stock: that of the last month end of the period
training_stock as (

    select
        periods.period_grain,
        periods.period_start_date,
        training.team_id,
        training.site,
        training.vendor_id,
        training.worker_type,
        training.agent_role,
        training.tenure_band,
        'none' as survey_code,
        count(*) as assigned_pairs,
        count(case when training.is_certified then training.agent_id end) as certified_pairs,
        count(case when training.is_certified_technical then training.agent_id end)
            as certified_pairs_technical,
        count(case when training.is_certified_soft then training.agent_id end)
            as certified_pairs_soft

    from training

    inner join periods
        on training.stock_date = periods.cut_date

    group by
        periods.period_grain,
        periods.period_start_date,
        training.team_id,
        training.site,
        training.vendor_id,
        training.worker_type,
        training.agent_role,
        training.tenure_band

),

-- Few answers are not shown, nor those of a wave that still runs: two publications a day apart
-- would show whose answer came between.
judged_waves as (

    select
        *,
        is_closed and esat_valid >= {{ var('esat_min_answers') }} as is_esat_shown

    from waves

),

-- A wave, and with its very figures each period that it is the last one of, shown ones first: of
-- waves put together one could be subtracted from the whole.
wave_periods as (

    select
        'wave' as period_grain,
        first_answered_date as period_start_date,
        survey_code,
        1 as recency

    from judged_waves

    union all

    {% for grain in period_grains -%}
        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'last_answered_date') }} as period_start_date,
            survey_code,
            row_number() over (
                partition by {{ period_start(grain, 'last_answered_date') }}
                order by
                    case when is_esat_shown then 0 else 1 end,
                    last_answered_date desc,
                    survey_code desc
            ) as recency

        from judged_waves

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

surveys as (

    select
        wave_periods.period_grain,
        wave_periods.period_start_date,
        'all' as team_id,
        'all' as site,
        'all' as vendor_id,
        'all' as worker_type,
        'all' as agent_role,
        'all' as tenure_band,
        wave_periods.survey_code,
        judged_waves.esat_valid,
        judged_waves.esat_satisfied as esat_satisfied_all,
        judged_waves.esat_score_sum as esat_score_sum_all,
        {{ count_if('judged_waves.is_esat_shown') }} as esat_shown_waves,
        {{ count_if('not judged_waves.is_closed') }} as esat_open_waves

    from wave_periods

    inner join judged_waves
        on wave_periods.survey_code = judged_waves.survey_code

    where wave_periods.recency = 1

),

stacked as (

    {{ stack_measures(keys, {
        'headcount_rated': headcount_measures + departure_measures,
        'training_stock': training_measures,
        'surveys': survey_measures,
    }) }}

),

summed as (

    select
        period_grain,
        period_start_date,
        team_id,
        site,
        vendor_id,
        worker_type,
        agent_role,
        tenure_band,
        survey_code,
        {{ total_columns(
            (headcount_measures | reject('equalto', 'monthly_rate_sum') | list)
            + departure_measures + training_measures + survey_measures
        ) }},
        max(monthly_rate_sum) as monthly_rate_sum

    from stacked

    group by
        period_grain,
        period_start_date,
        team_id,
        site,
        vendor_id,
        worker_type,
        agent_role,
        tenure_band,
        survey_code

),

wave_ends as (

    select
        survey_code,
        closed_at

    from waves

),

bounded as (

    select
        summed.*,
        periods.days_elapsed,
        -- of a period that goes on, the part that has passed
        cast(
            periods.months
            * periods.days_elapsed
            / cast(periods.days_in_period as {{ type_double() }}) as decimal(18, 6)
        ) as months,
        coalesce(periods.period_end_at, wave_ends.closed_at) as period_end_at

    from summed

    left join periods
        on
            summed.period_grain = periods.period_grain
            and summed.period_start_date = periods.period_start_date

    left join wave_ends
        on summed.survey_code = wave_ends.survey_code

),

shown as (

    select
        *,
        case when esat_shown_waves > 0 then esat_satisfied_all end as esat_satisfied,
        case when esat_shown_waves > 0 then esat_score_sum_all end as esat_score_sum

    from bounded

),

final as (

    select
        ---------- ids
        team_id,
        vendor_id,
        survey_code,

        ---------- strings
        period_grain,
        site,
        worker_type,
        agent_role,
        tenure_band,

        ---------- numerics
        cast(days_elapsed as {{ dbt.type_bigint() }}) as days,  -- noqa: RF04
        months,
        headcount_days,
        external_headcount_days,
        agents_at_start,
        agents_at_end,
        retained_agents,
        hires,
        departures,
        {% for measure in departure_measures -%}
            {{ measure }},
        {% endfor -%}
        moves_in,
        moves_out,
        assigned_pairs,
        certified_pairs,
        certified_pairs_technical,
        certified_pairs_soft,
        esat_valid,
        esat_satisfied,
        esat_score_sum,
        {{ safe_ratio('headcount_days', 'days_elapsed') }} as agent_headcount_avg,
        departures as agent_departures,
        -- who left the team and stayed in the company, also for a role that does not count
        moves_out as agent_internal_moves,
        {{ safe_ratio('(departures * days_elapsed)', 'headcount_days') }} as agent_turnover_rate,
        {{ safe_ratio('(2 * departures)', '(agents_at_start + agents_at_end)') }}
            as agent_turnover_startend_rate,
        {{ safe_ratio('(12 * departures * days_elapsed)', '(headcount_days * months)') }}
            as agent_turnover_annualised_rate,
        cast(monthly_rate_sum as {{ type_double() }}) as agent_turnover_sum_of_months_rate,
        {{ safe_ratio('retained_agents', 'agents_at_start') }} as agent_retention_rate,
        {{ safe_ratio('certified_pairs', 'assigned_pairs') }} as training_coverage_rate,
        {{ safe_ratio('certified_pairs_technical', 'assigned_pairs') }}
            as training_coverage_technical_rate,
        {{ safe_ratio('certified_pairs_soft', 'assigned_pairs') }} as training_coverage_soft_rate,
        {{ safe_ratio('esat_satisfied', 'esat_valid') }} as esat_rate,
        {{ safe_ratio('esat_score_sum', 'esat_valid') }} as esat_mean_score,

        ---------- booleans
        case
            when survey_code != 'none' then esat_valid < {{ var('small_sample_n') }}
            else headcount_days < {{ var('small_sample_n') }} * days_elapsed
        end as is_small_sample,
        {{ as_of() }} < period_end_at or esat_open_waves > 0 as is_provisional,

        ---------- dates
        period_start_date,

        ---------- timestamps (UTC)
        least(period_end_at, {{ as_of() }}) as data_through_at

    from shown

)

select * from final
