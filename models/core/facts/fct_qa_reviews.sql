-- Grain: one row per quality review of an interaction, both dated by as_of.
with

reviews as (

    select
        *,
        case
            when interaction_type in ('call', 'chat') then interaction_type || ':' || interaction_id
        end as contact_id

    from {{ ref('int_qa_reviews') }}

),

reviewers as (

    select distinct agent_id

    from {{ ref('dim_agent') }}

),

contacts as (

    select * from {{ ref('fct_contacts') }}

    where contact_type in ('call', 'chat')

),

test_contacts as (

    select 'call:' || call_id as contact_id

    from {{ ref('stg_telephony__calls') }}

    where is_test

    union all

    select 'chat:' || session_id as contact_id

    from {{ ref('stg_helpdesk__chat_sessions') }}

    where is_test

),

tickets as (

    {{ surviving_tickets(ref('fct_tickets')) }}

),

placed as (

    select
        reviews.*,
        contacts.team_id as contact_team_id,
        contacts.channel as contact_channel,
        test_contacts.contact_id is not null as is_test,
        coalesce(reviews.ticket_id, contacts.ticket_id) as delivered_ticket_id

    from reviews

    left join contacts
        on reviews.contact_id = contacts.contact_id

    left join test_contacts
        on reviews.contact_id = test_contacts.contact_id

),

judged as (

    select
        placed.*,
        tickets.ticket_id as known_ticket_id,
        tickets.team_id as ticket_team_id,
        tickets.channel as ticket_channel,
        coalesce(tickets.is_valid, true) and not placed.is_test as is_valid

    from placed

    left join tickets
        on placed.delivered_ticket_id = tickets.delivered_ticket_id

),

final as (

    select
        ---------- ids
        judged.review_id,
        judged.interaction_id,
        judged.known_ticket_id as ticket_id,
        judged.agent_id,
        -- the agent's on the day of the interaction, else the interaction's, else the ticket's (G9)
        coalesce(
            nullif(judged.team_id, 'unknown'), nullif(judged.contact_team_id, 'unknown'),
            judged.ticket_team_id, 'unknown'
        ) as team_id,
        coalesce(reviewers.agent_id, 'unknown') as reviewer_id,
        judged.calibration_session_id,

        ---------- strings
        judged.interaction_type,
        coalesce(nullif(judged.contact_channel, 'unknown'), judged.ticket_channel, 'unknown')
            as channel,
        judged.agent_role,
        judged.form_code,
        judged.review_kind,
        judged.review_status,

        ---------- numerics
        judged.points_obtained,
        judged.points_applicable,
        {{ safe_ratio('judged.points_obtained', 'judged.points_applicable') }} as score,

        ---------- booleans
        judged.is_passed,
        judged.has_critical_error,
        judged.is_latest,
        judged.is_valid,
        -- F-QA
        judged.is_latest
        and judged.is_valid
        and judged.review_kind = 'standard'
        and judged.review_status = 'final' as is_counted,

        ---------- dates
        judged.interaction_date,
        judged.reviewed_date,

        ---------- timestamps (UTC)
        judged.interaction_at,
        judged.reviewed_at

    from judged

    left join reviewers
        on judged.reviewer_id = reviewers.agent_id

)

select * from final
