-- Grain: one row per period, form, criterion category, channel, vendor, team, agent, reviewer and
-- scoring method.

{# What adds up stands under form, team, agent and reviewer (none where there is no such thing).
   What does not add up (agents at a level, dispersion, alpha) stands in rows of its own, under all,
   with nothing else in them: sums over the rows of a period are right. #}
{% set keys = [
    'form_code', 'criterion_category', 'channel', 'vendor_id', 'team_id', 'agent_id',
    'reviewer_id', 'scoring_method',
] -%}
{% set period_keys = ['period_grain', 'period_start_date'] -%}
{% set grains = {
    'week': 'week_start_date',
    'month': 'month_start_date',
    'quarter': 'quarter_start_date',
    'year': 'year_start_date',
} -%}
{% set daily_sets = {
    'reviewed': [
        'qa_reviews', 'qa_passed', 'qa_critical', 'qa_points_obtained', 'qa_points_applicable',
    ],
    'itemised': [
        'pp_items_failed', 'pp_items_applicable', 'qa_script_items_passed',
        'qa_script_items_applicable',
    ],
    'calibrated': [
        'calibration_pairs', 'pairs_within_tolerance', 'both_pass', 'both_fail',
        'only_analyst_pass', 'only_reference_pass', 'abs_gap_sum', 'signed_gap_sum',
    ],
    'calibrated_items': ['calibration_item_pairs', 'calibration_item_pairs_agreed'],
    'analysed': [
        'defects', 'rca_analysed_defects', 'analysed_defects', 'training_defects',
        'analysed_qa_defects', 'training_qa_defects', 'analysed_dsat_defects',
        'training_dsat_defects',
    ],
    'transcribed': ['script_items_expected', 'script_items_met'],
    'promoted': [
        'mystery_expected', 'mystery_promoted', 'promotion_quality_scored',
        'promotion_quality_sum',
    ],
} -%}
{% set decimals = [
    'qa_points_obtained', 'qa_points_applicable', 'abs_gap_sum', 'signed_gap_sum',
    'promotion_quality_sum',
] -%}
{% set daily_measures = daily_sets.values() | sum(start=[]) -%}
{% set daily_counts = daily_measures | reject('in', decimals) | list -%}
{% set agent_counts = [
    'agents_reviewed', 'agents_evaluated', 'agents_at_quality', 'mystery_agents_evaluated',
    'mystery_agents_promoting',
] -%}
{# of the results of agents, by measure: columns that no sum adds up -#}
{% set dispersions = {
    'quality_score': 'agent',
    'csat_rate': 'agent_csat',
    'trt_seconds': 'agent_trt',
    'aht_seconds': 'agent_aht',
} -%}
{% set dispersion_counts = [] -%}
{% set dispersion_measures = [] -%}
{% for prefix in dispersions.values() -%}
    {% do dispersion_counts.append(prefix ~ '_result_agents') -%}
    {% do dispersion_measures.extend([prefix ~ '_result_stddev', prefix ~ '_result_mean']) -%}
{% endfor -%}
{% set alpha_counts = ['alpha_units', 'alpha_ratings'] -%}
{% set alpha_measures = ['alpha_observed_disagreement', 'alpha_expected_disagreement'] -%}
{% set sets = {
    'periodic': daily_measures,
    'levelled': agent_counts,
    'dispersed': dispersion_counts + dispersion_measures,
    'rated': alpha_counts + alpha_measures,
} -%}
{% set single_values = dispersion_measures + alpha_measures -%}

with

reviews as (

    select * from {{ ref('fct_qa_reviews') }}

    where is_counted

),

items as (

    select * from {{ ref('fct_qa_items') }}

),

pairs as (

    select * from {{ ref('fct_calibration_pairs') }}

),

ratings as (

    select * from {{ ref('fct_calibration_ratings') }}

    where is_counted

),

defects as (

    select * from {{ ref('fct_root_causes') }}

    where is_product_process_category

),

transcripts as (

    select * from {{ ref('fct_transcripts') }}

    where
        is_valid
        and is_analysed
        -- more steps met than there were are no measure
        and script_items_met between 0 and script_items_expected
        and script_items_expected > 0

),

mystery_calls as (

    select * from {{ ref('fct_mystery_calls') }}

    where is_counted

),

agent_results as (

    select * from {{ ref('fct_agent_results') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

),

latest_source as (

    select max(data_through_at) as data_through_at

    from sources

),

periods as (

    {% for grain, start_column in grains.items() -%}
        select
            date_day,
            '{{ grain }}' as period_grain,
            {{ start_column }} as period_start_date

        from dates

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

period_ends as (

    {% for grain, start_column in grains.items() -%}
        select
            '{{ grain }}' as period_grain,
            {{ start_column }} as period_start_date,
            max(day_end_at) as period_end_at

        from dates

        group by {{ start_column }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

---------- what adds up, by day

reviewed as (

    select
        interaction_date as date_day,
        form_code,
        'all' as criterion_category,
        channel,
        team_id,
        agent_id,
        reviewer_id,
        'human' as scoring_method,
        1 as qa_reviews,
        -- a critical error fails the review, and takes no points (COPC)
        {{ count_if('is_passed and not has_critical_error') }} as qa_passed,
        {{ count_if('has_critical_error') }} as qa_critical,
        points_obtained as qa_points_obtained,
        points_applicable as qa_points_applicable

    from reviews

),

itemised as (

    select
        interaction_date as date_day,
        form_code,
        criterion_category,
        channel,
        team_id,
        agent_id,
        reviewer_id,
        'human' as scoring_method,
        {{ count_if("criterion_category in ('product', 'process') and item_result = 'fail'") }}
            as pp_items_failed,
        {{ count_if("criterion_category in ('product', 'process')") }} as pp_items_applicable,
        {{ count_if("criterion_category = 'script' and item_result = 'pass'") }}
            as qa_script_items_passed,
        {{ count_if("criterion_category = 'script'") }} as qa_script_items_applicable

    from items

    where
        is_counted
        and is_applicable
        and criterion_category in ('product', 'process', 'script')

),

-- a calibration judges the reviewer, whoever the agent was
calibrated as (

    select
        calibrated_date as date_day,
        form_code,
        'all' as criterion_category,
        channel,
        team_id,
        'all' as agent_id,
        reviewer_id,
        'human' as scoring_method,
        {{ count_if('abs_gap is not null') }} as calibration_pairs,
        {{ count_if('is_within_tolerance') }} as pairs_within_tolerance,
        {{ count_if('is_both_pass') }} as both_pass,
        {{ count_if('is_both_fail') }} as both_fail,
        {{ count_if('is_only_analyst_pass') }} as only_analyst_pass,
        {{ count_if('is_only_reference_pass') }} as only_reference_pass,
        abs_gap as abs_gap_sum,
        signed_gap as signed_gap_sum

    from pairs

),

calibrated_items as (

    select
        pairs.calibrated_date as date_day,
        pairs.form_code,
        analyst_items.criterion_category,
        pairs.channel,
        pairs.team_id,
        'all' as agent_id,
        pairs.reviewer_id,
        'human' as scoring_method,
        1 as calibration_item_pairs,
        {{ count_if('analyst_items.item_result = reference_items.item_result') }}
            as calibration_item_pairs_agreed

    from pairs

    inner join items as analyst_items
        on pairs.analyst_review_id = analyst_items.review_id

    inner join items as reference_items
        on
            pairs.reference_review_id = reference_items.review_id
            and analyst_items.criterion_code = reference_items.criterion_code

    -- not applicable is a judgement too
    where
        analyst_items.item_result != 'unknown'
        and reference_items.item_result != 'unknown'

),

analysed as (

    select
        defect_date as date_day,
        form_code,
        criterion_category,
        channel,
        team_id,
        agent_id,
        reviewer_id,
        'human' as scoring_method,
        1 as defects,
        {{ count_if('is_analysed') }} as rca_analysed_defects,
        {{ count_if('is_counted') }} as analysed_defects,
        {{ count_if('is_training_defect') }} as training_defects,
        {{ count_if("is_counted and source_type = 'qa_item'") }} as analysed_qa_defects,
        {{ count_if("is_training_defect and source_type = 'qa_item'") }} as training_qa_defects,
        {{ count_if("is_counted and source_type = 'dsat_response'") }} as analysed_dsat_defects,
        {{ count_if("is_training_defect and source_type = 'dsat_response'") }}
            as training_dsat_defects

    from defects

),

transcribed as (

    select
        occurred_date as date_day,
        'none' as form_code,
        'script' as criterion_category,
        channel,
        team_id,
        agent_id,
        'none' as reviewer_id,
        'ai' as scoring_method,
        script_items_expected,
        script_items_met

    from transcripts

),

promoted as (

    select
        call_date as date_day,
        'none' as form_code,
        'none' as criterion_category,
        'phone' as channel,
        team_id,
        agent_id,
        'none' as reviewer_id,
        'human' as scoring_method,
        1 as mystery_expected,
        {{ count_if('is_promoted') }} as mystery_promoted,
        {{ count_if('promotion_quality_score is not null') }} as promotion_quality_scored,
        promotion_quality_score as promotion_quality_sum

    from mystery_calls

),

stacked as (
    {{ stack_measures(
        ['date_day'] + (keys | reject('equalto', 'vendor_id') | list), daily_sets
    ) }}

),

-- sums of decimals, which every run adds up to the same digits
daily as (

    select
        {% for measure in daily_counts -%}
            sum(stacked.{{ measure }}) as {{ measure }},
        {% endfor -%}
        {% for measure in decimals -%}
            sum(cast(stacked.{{ measure }} as decimal(28, 12))) as {{ measure }},
        {% endfor -%}
        stacked.date_day,
        stacked.form_code,
        stacked.criterion_category,
        stacked.channel,
        coalesce(teams.vendor_id, 'unknown') as vendor_id,
        stacked.team_id,
        stacked.agent_id,
        stacked.reviewer_id,
        stacked.scoring_method

    from stacked

    left join teams
        on stacked.team_id = teams.team_id

    group by
        stacked.date_day,
        stacked.form_code,
        stacked.criterion_category,
        stacked.channel,
        coalesce(teams.vendor_id, 'unknown'),
        stacked.team_id,
        stacked.agent_id,
        stacked.reviewer_id,
        stacked.scoring_method

),

periodic as (

    select
        {% for key in keys -%}
            daily.{{ key }},
        {% endfor -%}
        {% for measure in daily_measures -%}
            sum(daily.{{ measure }}) as {{ measure }},
        {% endfor -%}
        periods.period_grain,
        periods.period_start_date

    from daily

    inner join periods
        on daily.date_day = periods.date_day

    group by
        {% for key in keys -%}
            daily.{{ key }},
        {% endfor -%}
        periods.period_grain,
        periods.period_start_date

),

---------- agents at a level: one result per agent and period

levelled as (

    select
        period_grain,
        period_start_date,
        'all' as form_code,
        'all' as criterion_category,
        'all' as channel,
        home_vendor_id as vendor_id,
        home_team_id as team_id,
        agent_id,
        'all' as reviewer_id,
        'human' as scoring_method,
        {{ count_if("measure = 'agent_quality'") }} as agents_reviewed,
        -- too few reviews, or none with points: neither at the level nor below it
        {{ count_if("measure = 'agent_quality' and is_evaluated and agent_result is not null") }}
            as agents_evaluated,
        {{ count_if("measure = 'agent_quality' and is_evaluated and is_at_level") }}
            as agents_at_quality,
        {{ count_if("measure = 'cross_channel_promotion'") }} as mystery_agents_evaluated,
        {{ count_if("measure = 'cross_channel_promotion' and is_at_level") }}
            as mystery_agents_promoting

    from agent_results

    where
        scope_type = 'all'
        and measure in ('agent_quality', 'cross_channel_promotion')

),

---------- how far the results of agents are apart: in each team, each vendor and over all

compared as (

    select
        *,
        cast(agent_result as decimal(38, 10)) as result_value,
        count(*) over (
            partition by period_grain, period_start_date, measure, scope_vendor_id, scope_team_id
        ) as compared_agents,
        sum(cast(agent_result as decimal(38, 10))) over (
            partition by period_grain, period_start_date, measure, scope_vendor_id, scope_team_id
        ) as result_sum

    from agent_results

    where
        is_evaluated
        and agent_result is not null
        and measure in ('{{ dispersions | join("', '") }}')

),

centred as (

    select
        *,
        {{ safe_ratio('result_sum', 'compared_agents') }} as result_mean

    from compared

),

scattered as (

    select
        period_grain,
        period_start_date,
        measure,
        scope_vendor_id,
        scope_team_id,
        compared_agents,
        result_mean,
        sum(
            cast((result_value - result_mean) * (result_value - result_mean) as decimal(38, 12))
        ) as squared_gaps

    from centred

    -- of two agents nothing can be said
    where compared_agents >= 3

    group by
        period_grain,
        period_start_date,
        measure,
        scope_vendor_id,
        scope_team_id,
        compared_agents,
        result_mean

),

dispersed as (

    select
        {% for measure, prefix in dispersions.items() -%}
            case
                when measure = '{{ measure }}' then compared_agents
            end as {{ prefix }}_result_agents,
            -- the sample deviation (Q122)
            case
                when measure = '{{ measure }}' then sqrt(squared_gaps / (compared_agents - 1))
            end as {{ prefix }}_result_stddev,
            case when measure = '{{ measure }}' then result_mean end as {{ prefix }}_result_mean,
        {% endfor -%}
        period_grain,
        period_start_date,
        'all' as form_code,
        'all' as criterion_category,
        'all' as channel,
        scope_vendor_id as vendor_id,
        scope_team_id as team_id,
        'all' as agent_id,
        'all' as reviewer_id,
        'all' as scoring_method

    from scattered

),

---------- Krippendorff's alpha, nominal: of each form, and over all

scoped_ratings as (

    select
        periods.period_grain,
        periods.period_start_date,
        ratings.form_code,
        ratings.calibrated_unit_id,
        ratings.verdict

    from ratings

    inner join periods
        on ratings.calibrated_date = periods.date_day

    union all

    select
        periods.period_grain,
        periods.period_start_date,
        'all' as form_code,
        ratings.calibrated_unit_id,
        ratings.verdict

    from ratings

    inner join periods
        on ratings.calibrated_date = periods.date_day

),

verdicts as (

    select
        period_grain,
        period_start_date,
        form_code,
        calibrated_unit_id,
        verdict,
        count(*) as ratings,
        sum(count(*)) over (
            partition by period_grain, period_start_date, form_code, calibrated_unit_id
        ) as unit_ratings

    from scoped_ratings

    group by
        period_grain,
        period_start_date,
        form_code,
        calibrated_unit_id,
        verdict

),

-- what only one has rated is compared with nothing
rated_units as (

    select
        period_grain,
        period_start_date,
        form_code,
        calibrated_unit_id,
        max(unit_ratings) as unit_ratings,
        max(unit_ratings) * max(unit_ratings) - sum(ratings * ratings) as disagreeing_ratings

    from verdicts

    where unit_ratings >= 2

    group by
        period_grain,
        period_start_date,
        form_code,
        calibrated_unit_id

),

unit_sums as (

    select
        period_grain,
        period_start_date,
        form_code,
        count(*) as alpha_units,
        sum(unit_ratings) as alpha_ratings,
        sum(cast(
            {{ safe_ratio('disagreeing_ratings', '(unit_ratings - 1)') }} as decimal(28, 12)
        )) as disagreement

    from rated_units

    group by
        period_grain,
        period_start_date,
        form_code

),

verdict_sums as (

    select
        period_grain,
        period_start_date,
        form_code,
        verdict,
        sum(ratings) as ratings

    from verdicts

    where unit_ratings >= 2

    group by
        period_grain,
        period_start_date,
        form_code,
        verdict

),

expected_sums as (

    select
        period_grain,
        period_start_date,
        form_code,
        sum(ratings * ratings) as squared_ratings

    from verdict_sums

    group by
        period_grain,
        period_start_date,
        form_code

),

rated as (

    select
        unit_sums.period_grain,
        unit_sums.period_start_date,
        unit_sums.form_code,
        'all' as criterion_category,
        'all' as channel,
        'all' as vendor_id,
        'all' as team_id,
        'all' as agent_id,
        'all' as reviewer_id,
        'human' as scoring_method,
        unit_sums.alpha_units,
        unit_sums.alpha_ratings,
        {{ safe_ratio('unit_sums.disagreement', 'unit_sums.alpha_ratings') }}
            as alpha_observed_disagreement,
        {{ safe_ratio(
            '(unit_sums.alpha_ratings * unit_sums.alpha_ratings - expected_sums.squared_ratings)',
            '(unit_sums.alpha_ratings * (unit_sums.alpha_ratings - 1))'
        ) }} as alpha_expected_disagreement

    from unit_sums

    inner join expected_sums
        on
            unit_sums.period_grain = expected_sums.period_grain
            and unit_sums.period_start_date = expected_sums.period_start_date
            and unit_sums.form_code = expected_sums.form_code

),

---------- all of it

all_stacked as (
    {{ stack_measures(period_keys + keys, sets) }}

),

summed as (

    select
        {% for measure in decimals -%}
            coalesce(sum({{ measure }}), 0) as {{ measure }},
        {% endfor -%}
        -- one value at most in each row
        {% for measure in single_values -%}
            max({{ measure }}) as {{ measure }},
        {% endfor -%}
        {{ total_columns(counts=daily_counts + agent_counts + dispersion_counts + alpha_counts) }},
        {{ (period_keys + keys) | join(',\n        ') }}

    from all_stacked

    group by
        {{ (period_keys + keys) | join(',\n        ') }}

),

dated as (

    select
        summed.*,
        summed.both_pass + summed.both_fail + summed.only_analyst_pass
        + summed.only_reference_pass as verdict_pairs,
        period_ends.period_end_at,
        coalesce(sources.data_through_at, latest_source.data_through_at) as source_through_at

    from summed

    inner join period_ends
        on
            summed.period_grain = period_ends.period_grain
            and summed.period_start_date = period_ends.period_start_date

    left join sources
        on case when summed.scoring_method = 'ai' then 'speech' else 'quality' end
            = sources.source_name

    cross join latest_source

),

final as (

    select
        ---------- keys
        {{ (period_keys + keys) | join(',\n        ') }},

        ---------- additive over the rows of a period
        qa_reviews,
        qa_passed,
        qa_critical,
        cast(qa_points_obtained as {{ type_double() }}) as qa_points_obtained,
        cast(qa_points_applicable as {{ type_double() }}) as qa_points_applicable,
        agents_reviewed,
        agents_evaluated,
        agents_at_quality,
        pp_items_failed,
        pp_items_applicable,
        qa_script_items_passed,
        qa_script_items_applicable,
        script_items_met,
        script_items_expected,
        calibration_pairs,
        pairs_within_tolerance,
        cast(abs_gap_sum as {{ type_double() }}) as abs_gap_sum,
        cast(signed_gap_sum as {{ type_double() }}) as signed_gap_sum,
        both_pass,
        both_fail,
        only_analyst_pass,
        only_reference_pass,
        calibration_item_pairs,
        calibration_item_pairs_agreed,
        defects,
        rca_analysed_defects,
        analysed_defects,
        training_defects,
        analysed_qa_defects,
        training_qa_defects,
        analysed_dsat_defects,
        training_dsat_defects,
        mystery_expected,
        mystery_promoted,
        mystery_agents_evaluated,
        mystery_agents_promoting,
        promotion_quality_scored,
        cast(promotion_quality_sum as {{ type_double() }}) as promotion_quality_sum,

        ---------- of their rows: add up over nothing
        {% for measure in dispersion_counts + alpha_counts -%}
            {{ measure }},
        {% endfor -%}
        {% for measure in single_values -%}
            cast({{ measure }} as {{ type_double() }}) as {{ measure }},
        {% endfor %}
        ---------- KPIs
        {{ safe_ratio('qa_points_obtained', 'qa_points_applicable') }} as quality_score,
        {{ safe_ratio('qa_passed', 'qa_reviews') }} as quality_pass_rate,
        {{ safe_ratio('qa_critical', 'qa_reviews') }} as critical_error_rate,
        {{ safe_ratio('agents_at_quality', 'agents_evaluated') }} as agent_quality_rate,
        {{ safe_ratio('agents_evaluated', 'agents_reviewed') }} as agent_quality_coverage_rate,
        {{ safe_ratio('100 * abs_gap_sum', 'calibration_pairs') }} as quality_gap_points,
        {{ safe_ratio('100 * signed_gap_sum', 'calibration_pairs') }}
            as quality_gap_signed_points,
        {{ safe_ratio('pairs_within_tolerance', 'calibration_pairs') }}
            as calibration_agreement_rate,
        {{ safe_ratio('calibration_item_pairs_agreed', 'calibration_item_pairs') }}
            as calibration_item_agreement_rate,
        -- Po − Pe over 1 − Pe, both times the pairs squared: counts alone, nothing is rounded
        {{ safe_ratio(
            '2 * (both_pass * both_fail - only_analyst_pass * only_reference_pass)',
            '((both_pass + only_analyst_pass) * (only_analyst_pass + both_fail)'
            ~ ' + (both_pass + only_reference_pass) * (only_reference_pass + both_fail))'
        ) }} as calibration_kappa,
        {{ safe_ratio(
            '(alpha_expected_disagreement - alpha_observed_disagreement)',
            'alpha_expected_disagreement'
        ) }} as calibration_alpha,
        {{ safe_ratio('training_defects', 'analysed_defects') }}
            as training_attributable_error_rate,
        {{ safe_ratio('training_qa_defects', 'analysed_qa_defects') }}
            as training_attributable_error_qa_rate,
        {{ safe_ratio('training_dsat_defects', 'analysed_dsat_defects') }}
            as training_attributable_error_dsat_rate,
        {{ safe_ratio('rca_analysed_defects', 'defects') }} as rca_coverage_rate,
        {{ safe_ratio('pp_items_failed', 'pp_items_applicable') }} as product_process_error_rate,
        {{ safe_ratio('script_items_met', 'script_items_expected') }} as script_adherence_rate,
        {{ safe_ratio('qa_script_items_passed', 'qa_script_items_applicable') }}
            as script_adherence_qa_rate,
        {% for prefix in dispersions.values() -%}
            {{ safe_ratio(prefix ~ '_result_stddev', prefix ~ '_result_mean') }}
                as {{ prefix }}_dispersion_cv,
        {% endfor -%}
        {{ safe_ratio('mystery_promoted', 'mystery_expected') }} as cross_channel_promotion_rate,
        {{ safe_ratio('mystery_agents_promoting', 'mystery_agents_evaluated') }}
            as cross_channel_promotion_agent_rate,
        {{ safe_ratio('promotion_quality_sum', 'promotion_quality_scored') }}
            as promotion_quality_mean,

        ---------- flags
        qa_reviews
        + agents_evaluated
        + pp_items_applicable
        + qa_script_items_applicable
        + script_items_expected
        + verdict_pairs
        + defects
        + mystery_expected
        + mystery_agents_evaluated
        {% for measure in dispersion_counts -%}
            + {{ measure }}
        {% endfor -%}
        + alpha_units
        < case
            when agent_id in ('unknown', 'all') then {{ var('small_sample_n') }}
            else {{ var('small_sample_agent_n') }}
        end as is_small_sample,
        source_through_at < period_end_at as is_provisional,

        ---------- timestamps (UTC)
        least(source_through_at, period_end_at) as data_through_at

    from dated

)

select * from final
