-- Grain: one row per response and question answered by as_of.

{{ config(
    materialized='incremental',
    unique_key=['response_id', 'question_code'],
    meta={'scope': {'response': 'response_id'}}
) }}

with

answers as (

    select * from {{ ref('int_survey_valid') }}

),

issues as (

    select * from {{ ref('int_fcr_answers') }}

),

final as (

    select
        ---------- ids
        answers.response_id,
        -- an employee's invitation would lead back to the person (G13)
        case when answers.audience != 'employee' then answers.invitation_id end as invitation_id,
        answers.ticket_id,
        answers.customer_id,
        answers.agent_id,
        answers.team_id,

        ---------- strings
        answers.question_code,
        answers.kpi_code,
        answers.instrument,
        answers.scale_code,
        answers.answer_choice,
        answers.invalid_reason,
        answers.survey_code,
        answers.audience,
        answers.touchpoint,
        answers.collection_channel,
        answers.ticket_channel,
        answers.topic_code,
        answers.product_code,
        answers.customer_segment,
        answers.country,
        answers.language,

        ---------- numerics
        answers.scale_min,
        answers.scale_max,
        answers.score,
        answers.scale_points,
        answers.normalised_score,
        answers.days_to_answer,

        ---------- booleans
        answers.is_valid,
        answers.is_late,
        answers.is_reversed,
        answers.is_on_excluded_ticket,
        answers.is_counted,
        answers.is_promoter,
        answers.is_passive,
        answers.is_detractor,
        answers.is_satisfied,
        answers.is_neutral,
        answers.is_dissatisfied,
        answers.is_easy,
        answers.is_high_effort,
        answers.has_comment,
        answers.is_counted_comment,
        issues.issue_id is not null as is_fcr_issue,
        issues.fcr_survey,

        ---------- dates
        answers.answered_date,

        ---------- timestamps (UTC)
        answers.answered_at

    from answers

    left join issues
        on
            answers.response_id = issues.response_id
            and answers.question_code = issues.question_code

)

select * from final
