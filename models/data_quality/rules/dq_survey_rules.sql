-- Grain: one row per finding on a survey answer, as the survey rules have judged it.
{% set models = ['fct_survey_answers', 'stg_surveys__survey_responses'] -%}
{{ config(meta={'scope': {'condition': _is_logged_row(models, 'row_key')}}) }}

with

answers as (

    select
        *,
        response_id || '|' || question_code as row_key

    from {{ ref('fct_survey_answers') }}

    where {{ is_changed_row(models, "response_id || '|' || question_code") }}

),

responses as (

    select
        *,
        response_id || '|' || question_code as row_key

    from {{ ref('stg_surveys__survey_responses') }}

    where {{ is_changed_row(models, "response_id || '|' || question_code") }}

),

questions as (

    select distinct question_code from {{ ref('cfg_survey_questions') }}

),

-- test and incomplete answers are left out by rule, which is no finding
invalid_answers as (

    select
        answers.row_key,
        case
            when answers.invalid_reason = 'superseded' then 'duplicate_answer'
            when questions.question_code is null then 'question_unknown'
            when answers.invalid_reason = 'missing_score' then 'score_null'
            when answers.invalid_reason = 'not_integer' then 'score_not_integer'
            when answers.invalid_reason = 'unknown_scale' then 'scale_unknown'
            when answers.scale_code = 'choice' then 'choice_unknown'
            else 'score_out_of_scale'
        end as reason_code

    from answers

    left join questions
        on answers.question_code = questions.question_code

    where answers.invalid_reason not in ('test', 'incomplete')

),

late_answers as (

    select
        row_key,
        'late_answer' as reason_code

    from answers

    where is_late

),

-- E17: counts globally, and for nobody
unlinked_answers as (

    select
        row_key,
        'survey_unlinked' as reason_code

    from responses

    where
        answered_at <= {{ as_of() }}
        and coalesce(audience, 'customer') = 'customer'
        and coalesce(invitation_id, ticket_id, interaction_id, agent_id) is null

),

unioned as (

    select * from invalid_answers

    union all

    select * from late_answers

    union all

    select * from unlinked_answers

),

named as (

    select
        row_key,
        reason_code,
        case
            when reason_code = 'duplicate_answer' then 'response_id'
            when reason_code = 'question_unknown' then 'question_code'
            when reason_code = 'scale_unknown' then 'scale_max'
            when reason_code = 'choice_unknown' then 'answer_choice'
            when reason_code = 'late_answer' then 'answered_at'
            when reason_code = 'survey_unlinked' then 'ticket_id'
            else 'score'
        end as column_name

    from unioned

),

judged as (

    select
        'survey_responses' as raw_table,
        named.row_key,
        named.column_name,
        named.reason_code,
        case named.column_name
            when 'question_code' then responses.question_code
            when 'scale_max' then cast(responses.scale_max as {{ dbt.type_string() }})
            when 'answer_choice' then responses.answer_choice
            when 'answered_at' then cast(responses.answered_at as {{ dbt.type_string() }})
            when 'score' then cast(responses.score as {{ dbt.type_string() }})
        end as raw_value,
        responses.source_file,
        responses.loaded_at

    from named

    inner join responses
        on named.row_key = responses.row_key

),

{{ rule_findings([('surveys', 'survey_responses')]) }}
