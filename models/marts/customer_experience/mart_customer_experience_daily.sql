-- Grain: one row per local date, question, scale, touchpoint, collection channel, ticket channel,
-- team, agent, topic and customer segment.

{{ config(
    materialized='incremental',
    unique_key='date_day',
    meta={'scope': {'day': 'date_day'}}
) }}

{# Answers stand on the day of the answer under their question, issues on the day of the deciding
   answer under first_contact_resolution, invitations on the day of sending under
   survey_invitation (Q115). Only customers: employee surveys are another family. A mean is of one
   scale, never of several, so each scale has its own columns; shares and indices add up over
   scales (C09 to C11). #}
{% set keys = [
    'date_day', 'question_code', 'scale_code', 'touchpoint', 'collection_channel',
    'ticket_channel', 'team_id', 'agent_id', 'topic_code', 'customer_segment',
] %}
{% set sets = {
    'answered': [
        'answer_count', 'rr_survey_yes', 'rr_survey_valid', 'csat_satisfied', 'csat_neutral',
        'csat_dissatisfied', 'csat_valid', 'csat_score_sum', 'csat_valid_1_5',
        'csat_scored_valid', 'csat_scale_points', 'nps_promoters', 'nps_passives',
        'nps_detractors', 'nps_valid', 'nps110_promoters', 'nps110_passives',
        'nps110_detractors', 'nps110_valid', 'ces_v1_score_sum', 'ces_v1_valid',
        'ces_v1_1_10_score_sum', 'ces_v1_1_10_valid', 'ces_v2_score_sum', 'ces_v2_valid',
        'ces_v2_easy', 'ces_v2_very_easy', 'ces_v2_difficult', 'ces_high_effort',
        'ces_effort_valid', 'ces_scale_points', 'ces_index_valid', 'agent_rating_sum',
        'agent_rating_valid', 'agent_rating_0_10_sum', 'agent_rating_0_10_valid',
        'complaint_sat_satisfied', 'complaint_sat_valid', 'comments', 'invalid_answers',
        'scale_length',
    ],
    'issues': ['fcr_survey_yes', 'fcr_survey_valid', 'fcr_survey_issues'],
    'invited': [
        'responded_invitations', 'delivered_invitations', 'open_cohort_invitations',
    ],
} %}
{% set helpers = [
    'scale_length', 'csat_scale_points', 'ces_scale_points', 'open_cohort_invitations',
] %}
{# points to add up; all others are marks of one answer, issue or invitation -#}
{% set amounts = [
    'csat_score_sum', 'csat_scale_points', 'ces_v1_score_sum', 'ces_v1_1_10_score_sum',
    'ces_v2_score_sum', 'ces_scale_points', 'agent_rating_sum', 'agent_rating_0_10_sum',
] %}
{% set measures = sets['answered'] + sets['issues'] + sets['invited'] %}
{% set marks = measures | reject('in', amounts + ['scale_length']) | list %}

with

answers as (

    select * from {{ ref('fct_survey_answers') }}

    where
        audience = 'customer'
        -- late answers and those on spam, test, internal or deleted tickets are in no KPI, and what
        -- is a test, incomplete or superseded is no answer (Q110, Q147)
        and not is_late
        and not is_on_excluded_ticket
        and coalesce(invalid_reason, 'none') not in ('test', 'incomplete', 'superseded')
        and (is_counted or is_counted_comment or not is_valid)

),

invitations as (

    select * from {{ ref('fct_survey_invitations') }}

    where
        audience = 'customer'
        and is_counted

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select * from {{ ref('dim_source') }}

    where source_name = 'surveys'

),

flagged as (

    select
        *,
        is_counted and kpi_code = 'csat_rate' as is_csat,
        is_counted and kpi_code = 'csat_rate' and scale_code = '1-5' as is_csat_1_5,
        is_counted and kpi_code = 'csat_rate' and scale_points is not null as is_csat_scored,
        is_counted and kpi_code = 'nps_score' as is_nps,
        is_counted and kpi_code = 'nps_1_10_score' as is_nps110,
        is_counted and instrument = 'ces_v1' and scale_code = '1-5' as is_ces_v1,
        is_counted and instrument = 'ces_v1' and scale_code = '1-10' as is_ces_v1_1_10,
        is_counted and instrument = 'ces_v2' and scale_code = '1-7' as is_ces_v2,
        is_counted and instrument in ('ces_v1', 'ces_v2') as is_ces,
        is_counted and kpi_code = 'agent_rating_mean_score' and scale_code = '1-5'
            as is_agent_rating,
        is_counted and kpi_code = 'agent_rating_mean_score' and scale_code = '0-10'
            as is_agent_rating_0_10,
        is_counted and kpi_code = 'complaint_handling_csat_rate' as is_complaint_sat

    from answers

),

answered as (

    select
        answered_date as date_day,
        question_code,
        scale_code,
        touchpoint,
        collection_channel,
        ticket_channel,
        team_id,
        agent_id,
        topic_code,
        customer_segment,
        {{ one_if('is_counted') }} as answer_count,
        {{ one_if("is_counted and question_code = 'issue_resolved' and answer_choice = 'yes'") }}
            as rr_survey_yes,
        {{ one_if(
            "is_counted and question_code = 'issue_resolved'"
            " and answer_choice in ('yes', 'no', 'not_yet')"
        ) }} as rr_survey_valid,
        {{ one_if('is_csat and is_satisfied') }} as csat_satisfied,
        {{ one_if('is_csat and is_neutral') }} as csat_neutral,
        {{ one_if('is_csat and is_dissatisfied') }} as csat_dissatisfied,
        {{ one_if('is_csat') }} as csat_valid,
        case when is_csat_1_5 then score end as csat_score_sum,
        {{ one_if('is_csat_1_5') }} as csat_valid_1_5,
        {{ one_if('is_csat_scored') }} as csat_scored_valid,
        case when is_csat_scored then scale_points end as csat_scale_points,
        {{ one_if('is_nps and is_promoter') }} as nps_promoters,
        {{ one_if('is_nps and is_passive') }} as nps_passives,
        {{ one_if('is_nps and is_detractor') }} as nps_detractors,
        {{ one_if('is_nps') }} as nps_valid,
        {{ one_if('is_nps110 and is_promoter') }} as nps110_promoters,
        {{ one_if('is_nps110 and is_passive') }} as nps110_passives,
        {{ one_if('is_nps110 and is_detractor') }} as nps110_detractors,
        {{ one_if('is_nps110') }} as nps110_valid,
        case when is_ces_v1 then score end as ces_v1_score_sum,
        {{ one_if('is_ces_v1') }} as ces_v1_valid,
        case when is_ces_v1_1_10 then score end as ces_v1_1_10_score_sum,
        {{ one_if('is_ces_v1_1_10') }} as ces_v1_1_10_valid,
        case when is_ces_v2 then score end as ces_v2_score_sum,
        {{ one_if('is_ces_v2') }} as ces_v2_valid,
        {{ one_if('is_ces_v2 and is_easy') }} as ces_v2_easy,
        -- the two highest scores of the scale
        {{ one_if('is_ces_v2 and score >= scale_max - 1') }} as ces_v2_very_easy,
        {{ one_if('is_ces_v2 and is_high_effort') }} as ces_v2_difficult,
        {{ one_if('is_ces and is_high_effort') }} as ces_high_effort,
        {{ one_if('is_ces') }} as ces_effort_valid,
        case when is_ces then scale_points end as ces_scale_points,
        {{ one_if('is_ces') }} as ces_index_valid,
        case when is_agent_rating then score end as agent_rating_sum,
        {{ one_if('is_agent_rating') }} as agent_rating_valid,
        case when is_agent_rating_0_10 then score end as agent_rating_0_10_sum,
        {{ one_if('is_agent_rating_0_10') }} as agent_rating_0_10_valid,
        {{ one_if('is_complaint_sat and is_satisfied') }} as complaint_sat_satisfied,
        {{ one_if('is_complaint_sat') }} as complaint_sat_valid,
        {{ one_if('is_counted_comment') }} as comments,  -- noqa: RF04
        {{ one_if('not is_valid') }} as invalid_answers,
        case when is_counted then scale_max - scale_min end as scale_length

    from flagged

    where {{ is_restated_day('answered_date') }}

),

-- an issue may be decided on any of three questions, so it has a row of its own
issues as (

    select
        answered_date as date_day,
        'first_contact_resolution' as question_code,
        'none' as scale_code,
        touchpoint,
        collection_channel,
        ticket_channel,
        team_id,
        agent_id,
        topic_code,
        customer_segment,
        {{ one_if('fcr_survey') }} as fcr_survey_yes,
        {{ one_if('fcr_survey is not null') }} as fcr_survey_valid,
        1 as fcr_survey_issues

    from answers

    where
        is_fcr_issue
        and {{ is_restated_day('answered_date') }}

),

invited as (

    select
        sent_date as date_day,
        'survey_invitation' as question_code,
        'none' as scale_code,
        touchpoint,
        collection_channel,
        ticket_channel,
        team_id,
        agent_id,
        topic_code,
        customer_segment,
        {{ one_if('is_responded') }} as responded_invitations,
        1 as delivered_invitations,
        {{ one_if('not is_matured') }} as open_cohort_invitations

    from invitations

    where {{ is_restated_day('sent_date') }}

),

stacked as (
    {{ stack_measures(keys, sets) }}

),

summed as (

    select
        date_day,
        question_code,
        scale_code,
        touchpoint,
        collection_channel,
        ticket_channel,
        team_id,
        agent_id,
        topic_code,
        customer_segment,
        {{ total_columns(marks=marks, counts=amounts) }},
        -- one scale per row, so one length
        max(scale_length) as scale_length

    from stacked

    group by
        date_day,
        question_code,
        scale_code,
        touchpoint,
        collection_channel,
        ticket_channel,
        team_id,
        agent_id,
        topic_code,
        customer_segment

),

normalised as (

    select
        *,
        -- sums of whole points, divided once: exact in whatever order the rows come
        coalesce({{ safe_ratio('csat_scale_points', 'scale_length') }}, 0)
            as csat_normalised_sum,
        coalesce({{ safe_ratio('100 * ces_scale_points', 'scale_length') }}, 0) as ces_index_sum

    from summed

),

final as (

    select
        ---------- keys
        normalised.date_day,
        normalised.question_code,
        normalised.scale_code,
        normalised.touchpoint,
        normalised.collection_channel,
        normalised.ticket_channel,
        normalised.team_id,
        normalised.agent_id,
        normalised.topic_code,
        normalised.customer_segment,

        ---------- additive
        {% for measure in measures if measure not in helpers -%}
            normalised.{{ measure }},
        {% endfor -%}
        normalised.csat_normalised_sum,
        normalised.ces_index_sum,

        ---------- KPIs
        {{ safe_ratio('normalised.fcr_survey_yes', 'normalised.fcr_survey_valid') }}
            as fcr_survey_rate,
        {{ safe_ratio('normalised.fcr_survey_valid', 'normalised.fcr_survey_issues') }}
            as fcr_survey_coverage_rate,
        {{ safe_ratio('normalised.rr_survey_yes', 'normalised.rr_survey_valid') }}
            as resolution_rate_survey,
        {{ safe_ratio('normalised.csat_satisfied', 'normalised.csat_valid') }} as csat_rate,
        {{ safe_ratio('normalised.csat_neutral', 'normalised.csat_valid') }}
            as csat_neutral_rate,
        {{ safe_ratio('normalised.csat_dissatisfied', 'normalised.csat_valid') }} as dsat_rate,
        {{ safe_ratio('normalised.csat_score_sum', 'normalised.csat_valid_1_5') }}
            as csat_mean_score,
        {{ safe_ratio('normalised.csat_normalised_sum', 'normalised.csat_scored_valid') }}
            as csat_mean_normalised,
        {{ safe_ratio(
            '100 * (normalised.nps_promoters - normalised.nps_detractors)',
            'normalised.nps_valid',
        ) }} as nps_score,
        {{ safe_ratio('normalised.nps_promoters', 'normalised.nps_valid') }} as promoter_rate,
        {{ safe_ratio('normalised.nps_passives', 'normalised.nps_valid') }} as passive_rate,
        {{ safe_ratio('normalised.nps_detractors', 'normalised.nps_valid') }} as detractor_rate,
        {{ safe_ratio(
            '100 * (normalised.nps110_promoters - normalised.nps110_detractors)',
            'normalised.nps110_valid',
        ) }} as nps_1_10_score,
        {{ safe_ratio('normalised.ces_v1_score_sum', 'normalised.ces_v1_valid') }}
            as ces_effort_mean_score,
        {{ safe_ratio('normalised.ces_v1_1_10_score_sum', 'normalised.ces_v1_1_10_valid') }}
            as ces_effort_1_10_mean_score,
        {{ safe_ratio('normalised.ces_v2_score_sum', 'normalised.ces_v2_valid') }}
            as ces_ease_mean_score,
        {{ safe_ratio('normalised.ces_v2_easy', 'normalised.ces_v2_valid') }} as ces_easy_rate,
        {{ safe_ratio('normalised.ces_v2_very_easy', 'normalised.ces_v2_valid') }}
            as ces_very_easy_rate,
        {{ safe_ratio('normalised.ces_high_effort', 'normalised.ces_effort_valid') }}
            as ces_high_effort_rate,
        {{ safe_ratio(
            '100 * (normalised.ces_v2_easy - normalised.ces_v2_difficult)',
            'normalised.ces_v2_valid',
        ) }} as ces_net_easy_points,
        {{ safe_ratio('normalised.ces_index_sum', 'normalised.ces_index_valid') }}
            as ces_ease_index,
        {{ safe_ratio('normalised.agent_rating_sum', 'normalised.agent_rating_valid') }}
            as agent_rating_mean_score,
        {{ safe_ratio('normalised.agent_rating_0_10_sum', 'normalised.agent_rating_0_10_valid') }}
            as agent_rating_0_10_mean_score,
        {{ safe_ratio('normalised.complaint_sat_satisfied', 'normalised.complaint_sat_valid') }}
            as complaint_handling_csat_rate,
        {{ safe_ratio('normalised.responded_invitations', 'normalised.delivered_invitations') }}
            as survey_response_rate,
        normalised.comments as survey_feedback_count,

        ---------- flags
        normalised.answer_count
        + normalised.fcr_survey_valid
        + normalised.delivered_invitations
        < {{ small_sample_limit('normalised.agent_id') }} as is_small_sample,
        -- answers are final when their day is over, invitations when nobody can answer any more
        sources.data_through_at < dates.day_end_at
        or normalised.open_cohort_invitations > 0 as is_provisional,

        ---------- timestamps (UTC)
        least(sources.data_through_at, dates.day_end_at) as data_through_at

    from normalised

    inner join dates
        on normalised.date_day = dates.date_day

    cross join sources

)

select * from final
