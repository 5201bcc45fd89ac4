-- Grain: one row per wave of the employee survey.
-- Not published: results below esat_min_answers, and of a wave that still runs, would show single
-- answers. Marts suppress them.

with

answers as (

    select * from {{ ref('fct_survey_answers') }}

    where
        kpi_code = 'esat_rate'
        and audience = 'employee'
        and is_counted

),

responses as (

    select
        response_id,
        question_code,
        invitation_id,
        employee_id

    from {{ ref('stg_surveys__survey_responses') }}

),

invitations as (

    select * from {{ ref('stg_surveys__survey_invitations') }}

    where sent_at <= {{ as_of() }}

),

identified as (

    select
        answers.response_id,
        coalesce(answers.survey_code, 'unknown') as survey_code,
        answers.score,
        answers.is_satisfied,
        answers.answered_date,
        answers.answered_at,
        -- who answered by an open link, without a key, stands alone
        coalesce(responses.employee_id, invitations.employee_id, answers.response_id)
            as respondent_id

    from answers

    inner join responses
        on
            answers.response_id = responses.response_id
            and answers.question_code = responses.question_code

    left join invitations
        on responses.invitation_id = invitations.invitation_id

),

-- one answer per employee and wave: the latest, then the higher response_id
ranked as (

    select
        *,
        row_number() over (
            partition by survey_code, respondent_id
            order by answered_at desc, response_id desc
        ) as recency

    from identified

),

waves as (

    select
        survey_code,
        count(*) as esat_valid,
        count(case when is_satisfied then response_id end) as esat_satisfied,
        cast(sum(cast(score as {{ dbt.type_int() }})) as {{ dbt.type_bigint() }})
            as esat_score_sum,
        min(answered_date) as first_answered_date,
        max(answered_date) as last_answered_date,
        max(answered_at) as last_answered_at

    from ranked

    where recency = 1

    group by survey_code

),

last_invitations as (

    select
        coalesce(survey_code, 'unknown') as survey_code,
        max(sent_at) as last_sent_at

    from invitations

    where audience = 'employee'

    group by coalesce(survey_code, 'unknown')

),

-- later answers count for nothing, so the result stands; without invitations, after the last answer
closing as (

    select
        waves.*,
        coalesce(last_invitations.last_sent_at, waves.last_answered_at)
        + {{ var('survey_max_age_days') }} * interval '24' hour as closed_at

    from waves

    left join last_invitations
        on waves.survey_code = last_invitations.survey_code

),

final as (

    select
        ---------- ids
        survey_code,

        ---------- numerics
        esat_valid,
        esat_satisfied,
        esat_score_sum,

        ---------- booleans
        closed_at <= {{ as_of() }} as is_closed,

        ---------- dates
        first_answered_date,
        last_answered_date,

        ---------- timestamps (UTC)
        closed_at

    from closing

)

select * from final
