-- Grain: one row per response and question answered by as_of.
-- Which answers count, and what they say. Order of the rules (Q110): drop tests and incomplete
-- answers, keep the latest of an invitation and question, then look at the scale; so a later
-- invalid answer supersedes an earlier valid one.

with

responses as (

    select * from {{ ref('stg_surveys__survey_responses') }}

    where
        answered_at <= {{ as_of() }}
        and {{ is_restated('response', 'response_id') }}

),

invitations as (

    select * from {{ ref('stg_surveys__survey_invitations') }}

    where {{ is_restated('invitation', 'invitation_id') }}

),

questions as (

    select * from {{ ref('cfg_survey_questions') }}

),

attributed as (

    select * from {{ ref('int_surveys_attributed') }}

),

-- What kinds of answer a question takes: scores, choices or both.
question_forms as (

    select
        question_code,
        count(scale_min) > 0 as has_scale,
        count(scale_min) < count(*) as has_choice

    from questions

    group by question_code

),

kept as (

    select
        response_id,
        question_code,
        -- the latest wins, then the higher response_id (E14); an open link has no invitation, so
        -- its responses stand alone
        row_number() over (
            partition by
                invitation_id,
                case when invitation_id is null then response_id end,
                question_code
            order by answered_at desc, response_id desc
        ) as recency

    from responses

    where
        not coalesce(is_test, false)
        and coalesce(is_complete, true)

),

shaped as (

    select
        responses.*,
        kept.recency,
        invitations.sent_at,
        case
            when responses.question_code = 'comment' then 'text'
            when
                coalesce(question_forms.has_choice, false)
                and (
                    responses.score is null
                    or (responses.answer_choice is not null and not question_forms.has_scale)
                )
                then 'choice'
            else 'score'
        end as answer_form,
        coalesce(question_forms.has_scale, false) as is_rated

    from responses

    left join kept
        on
            responses.response_id = kept.response_id
            and responses.question_code = kept.question_code

    left join invitations
        on responses.invitation_id = invitations.invitation_id

    left join question_forms
        on responses.question_code = question_forms.question_code

),

configured as (

    select
        shaped.*,
        questions.satisfied_min,
        questions.dissatisfied_max,
        questions.kpi_code,
        questions.question_code is not null as is_known_scale,
        -- Effort and number of contacts are bad by nature. Any other question with its best
        -- answer at the low end is turned round, so that higher is better (ease: 7 = very easy).
        coalesce(questions.direction, 'higher_better') = 'lower_better'
        and shaped.question_code not in ('ces_effort', 'contacts_needed') as is_reversed,
        coalesce(questions.direction, 'higher_better') = 'lower_better' as is_lower_better

    from shaped

    left join questions
        on
            shaped.question_code = questions.question_code
            and (
                (
                    shaped.answer_form = 'score'
                    and shaped.scale_min = questions.scale_min
                    and shaped.scale_max = questions.scale_max
                )
                or (shaped.answer_form != 'score' and questions.scale_min is null)
            )

),

judged as (

    select
        *,
        case
            when coalesce(is_test, false) then 'test'
            when not coalesce(is_complete, true) then 'incomplete'
            when recency > 1 then 'superseded'
            when answer_form = 'text' and answer_text is null then 'missing_score'
            when answer_form = 'score' and score is null then 'missing_score'
            when answer_form = 'choice' and answer_choice is null then 'missing_score'
            -- "don't know" on a rating is no rating; on a yes/no question it is an answer
            when
                answer_form = 'choice' and is_rated
                and answer_choice in ('dont_know', 'not_applicable')
                then 'missing_score'
            when answer_form = 'score' and score != floor(score) then 'not_integer'
            when
                answer_form = 'score' and (score < scale_min or score > scale_max)
                then 'out_of_scale'
            when
                answer_form = 'choice' and is_rated and answer_choice not in ('good', 'bad')
                then 'out_of_scale'
            when
                answer_form = 'choice' and not is_rated
                and answer_choice not in ('yes', 'no', 'not_yet', 'dont_know', 'not_applicable')
                then 'out_of_scale'
            when not is_known_scale then 'unknown_scale'
        end as invalid_reason,
        coalesce(
            {{ elapsed_seconds('sent_at', 'answered_at') }}
            > {{ var('survey_max_age_days') }} * 86400,
            false
        ) as is_late

    from configured

),

-- In which box a valid answer falls; the thresholds are in the scale's own direction.
boxed as (

    select
        *,
        coalesce(
            invalid_reason is null
            and case
                when answer_form = 'choice' then is_rated and answer_choice = 'good'
                when is_lower_better then score <= satisfied_min
                else score >= satisfied_min
            end,
            false
        ) as is_top_box,
        coalesce(
            invalid_reason is null
            and case
                when answer_form = 'choice' then is_rated and answer_choice = 'bad'
                when is_lower_better then score >= dissatisfied_max
                else score <= dissatisfied_max
            end,
            false
        ) as is_bottom_box,
        -- between the boxes; a scale without boxes has no middle either
        coalesce(
            invalid_reason is null
            and answer_form = 'score'
            and case
                when is_lower_better then score > satisfied_min and score < dissatisfied_max
                else score < satisfied_min and score > dissatisfied_max
            end,
            false
        ) as is_middle_box,
        -- points above the worst answer, 0 to the length of the scale
        case
            when
                invalid_reason is null and answer_form = 'score'
                and question_code != 'contacts_needed'
                then case when is_lower_better then scale_max - score else score - scale_min end
        end as scale_points

    from judged

),

answers as (

    select
        boxed.*,
        attributed.ticket_id as counted_ticket_id,
        attributed.customer_id as counted_customer_id,
        attributed.agent_id as counted_agent_id,
        attributed.team_id,
        attributed.survey_code as counted_survey_code,
        attributed.audience as counted_audience,
        attributed.touchpoint,
        attributed.collection_channel as counted_collection_channel,
        attributed.ticket_channel,
        attributed.topic_code,
        attributed.product_code,
        attributed.customer_segment,
        attributed.country,
        attributed.language,
        attributed.is_on_excluded_ticket,
        boxed.invalid_reason is null as is_valid,
        not boxed.is_late and not attributed.is_on_excluded_ticket as is_countable,
        -- satisfaction with the handling of a complaint needs a complaint
        boxed.question_code != 'complaint_satisfaction'
        or attributed.is_on_complaint as is_asked_rightly,
        boxed.answer_text is not null as has_comment,
        boxed.question_code in (
            'csat_overall', 'agent_rating', 'complaint_satisfaction', 'esat_overall'
        ) as is_satisfaction,
        boxed.question_code = 'nps_recommend' as is_recommendation,
        boxed.question_code in ('ces_effort', 'ces_ease') as is_effort,
        row_number() over (
            partition by
                boxed.response_id,
                boxed.answer_text is not null
                and not boxed.is_late
                and not attributed.is_on_excluded_ticket
                and coalesce(boxed.invalid_reason, 'none')
                not in ('test', 'incomplete', 'superseded')
            order by
                case when boxed.question_code = 'comment' then 0 else 1 end,
                boxed.question_code
        ) as comment_rank

    from boxed

    inner join attributed
        on
            'answer:' || boxed.response_id || ':' || boxed.question_code
            = attributed.survey_item_id

),

final as (

    select
        ---------- ids
        response_id,
        invitation_id,
        counted_ticket_id as ticket_id,
        counted_customer_id as customer_id,
        counted_agent_id as agent_id,
        team_id,

        ---------- strings
        question_code,
        coalesce(kpi_code, 'unknown') as kpi_code,
        case
            when question_code = 'csat_overall' then 'csat'
            when kpi_code = 'nps_score' then 'nps_0_10'
            when kpi_code = 'nps_1_10_score' then 'nps_1_10'
            when question_code = 'ces_effort' then 'ces_v1'
            when question_code = 'ces_ease' then 'ces_v2'
            when question_code = 'esat_overall' then 'esat'
            when question_code = 'nps_recommend' then 'unknown'
            else question_code
        end as instrument,
        case
            when answer_form != 'score' then answer_form
            when scale_min is null or scale_max is null then 'unknown'
            else
                cast(scale_min as {{ dbt.type_string() }}) || '-'
                || cast(scale_max as {{ dbt.type_string() }})
        end as scale_code,
        answer_choice,
        invalid_reason,
        counted_survey_code as survey_code,
        counted_audience as audience,
        touchpoint,
        counted_collection_channel as collection_channel,
        ticket_channel,
        topic_code,
        product_code,
        customer_segment,
        country,
        language,

        ---------- numerics
        scale_min,
        scale_max,
        case
            when is_reversed and is_valid then scale_min + scale_max - score
            else score
        end as score,
        cast(scale_points as bigint) as scale_points,
        {{ safe_ratio('scale_points', 'scale_max - scale_min') }} as normalised_score,
        {{ duration_seconds('sent_at', 'answered_at') }} / 86400 as days_to_answer,

        ---------- booleans
        is_valid,
        is_late,
        is_reversed,
        is_on_excluded_ticket,
        is_valid and is_countable and is_asked_rightly as is_counted,
        is_top_box and is_recommendation as is_promoter,
        is_middle_box and is_recommendation as is_passive,
        is_bottom_box and is_recommendation as is_detractor,
        is_top_box and is_satisfaction as is_satisfied,
        is_middle_box and is_satisfaction as is_neutral,
        is_bottom_box and is_satisfaction as is_dissatisfied,
        is_top_box and is_effort as is_easy,
        is_bottom_box and is_effort as is_high_effort,
        has_comment,
        -- one comment per response, whatever question it stands on
        has_comment
        and is_countable
        and coalesce(invalid_reason, 'none') not in ('test', 'incomplete', 'superseded')
        and comment_rank = 1 as is_counted_comment,

        ---------- dates
        {{ local_date('answered_at') }} as answered_date,

        ---------- timestamps (UTC)
        answered_at

    from answers

)

select * from final
