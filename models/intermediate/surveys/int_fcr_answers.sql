-- Grain: one row per surveyed issue.
-- Was it resolved at the first contact, says the customer: of the responses about an issue, the
-- latest that can be determined decides (E13, Q48). Reads survey answers and nothing else, so the
-- agent's own checkbox can never fill a gap (C06).

with

answers as (

    select * from {{ ref('int_survey_valid') }}

    where
        is_counted
        and audience = 'customer'
        and question_code in ('resolved_first_contact', 'issue_resolved', 'contacts_needed')

),

-- The questions of one response belong together, and to one ticket.
responses as (

    select
        response_id,
        max(ticket_id) as ticket_id,
        max(case when question_code = 'resolved_first_contact' then answer_choice end)
            as resolved_first_contact,
        max(case when question_code = 'issue_resolved' then answer_choice end) as issue_resolved,
        max(case when question_code = 'contacts_needed' then score end) as contacts_needed,
        max(question_code) as last_question_code,
        max(answered_at) as answered_at

    from answers

    group by response_id

),

decided as (

    select
        *,
        -- an issue is a ticket; a response without ticket is about an issue of its own (Q114)
        case
            when ticket_id is not null then 'ticket:' || ticket_id
            else 'response:' || response_id
        end as issue_id,
        -- dont_know and not_applicable fall through to the other questions
        case
            when resolved_first_contact = 'yes' then true
            when resolved_first_contact = 'no' then false
            when issue_resolved in ('no', 'not_yet') then false
            when issue_resolved = 'yes' and contacts_needed = 1 then true
            when issue_resolved = 'yes' and contacts_needed > 1 then false
        end as fcr_survey,
        case
            when resolved_first_contact in ('yes', 'no') then 'resolved_first_contact'
            when issue_resolved is not null then 'issue_resolved'
            else last_question_code
        end as question_code

    from responses

),

ranked as (

    select
        *,
        -- the latest response, then the higher response_id; undeterminable ones only if all are
        row_number() over (
            partition by issue_id
            order by
                case when fcr_survey is null then 1 else 0 end,
                answered_at desc,
                response_id desc
        ) as preference

    from decided

),

final as (

    select
        ---------- ids
        issue_id,
        ticket_id,
        response_id,

        ---------- strings
        question_code,

        ---------- booleans
        fcr_survey,
        fcr_survey is not null as is_determinable,

        ---------- timestamps (UTC)
        answered_at

    from ranked

    where preference = 1

)

select * from final
