-- Every counted answer, surveyed issue, comment and invitation of a customer is in the mart once.
with

answers as (

    select
        count(case when is_counted then 1 end) as answer_count,
        count(case when is_counted_comment then 1 end) as comment_count

    from {{ ref('fct_survey_answers') }}

    where audience = 'customer'

),

issues as (

    select
        count(*) as issue_count,
        count(fcr_survey) as determinable_count

    from {{ ref('fct_survey_answers') }}

    where is_fcr_issue

),

-- in a partial run these are the issues it restates
lost_issues as (

    select count(*) as lost_issue_count

    from {{ ref('int_fcr_answers') }} as found_issues

    left join {{ ref('fct_survey_answers') }} as stored_answers
        on
            found_issues.response_id = stored_answers.response_id
            and found_issues.question_code = stored_answers.question_code
            and stored_answers.is_fcr_issue

    where stored_answers.response_id is null

),

invitations as (

    select count(*) as invitation_count

    from {{ ref('fct_survey_invitations') }}

    where
        audience = 'customer'
        and is_counted

),

marts as (

    select
        coalesce(sum(answer_count), 0) as answer_count,
        coalesce(sum(comments), 0) as comment_count,
        coalesce(sum(fcr_survey_issues), 0) as issue_count,
        coalesce(sum(fcr_survey_valid), 0) as determinable_count,
        coalesce(sum(delivered_invitations), 0) as invitation_count

    from {{ ref('mart_customer_experience_daily') }}

),

final as (

    select
        answers.answer_count,
        marts.answer_count as mart_answer_count,
        answers.comment_count,
        marts.comment_count as mart_comment_count,
        issues.issue_count,
        marts.issue_count as mart_issue_count,
        lost_issues.lost_issue_count,
        issues.determinable_count,
        marts.determinable_count as mart_determinable_count,
        invitations.invitation_count,
        marts.invitation_count as mart_invitation_count

    from answers

    cross join issues

    cross join lost_issues

    cross join invitations

    cross join marts

    where
        answers.answer_count != marts.answer_count
        or answers.comment_count != marts.comment_count
        or issues.issue_count != marts.issue_count
        or lost_issues.lost_issue_count > 0
        or issues.determinable_count != marts.determinable_count
        or invitations.invitation_count != marts.invitation_count

)

select * from final
