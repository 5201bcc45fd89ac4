-- Grain: one row per transcript of an interaction that took place by as_of.

{{ config(
    materialized='incremental',
    unique_key='transcript_id',
    meta={
        'scope': 'all',
        'links': {
            'date': ['occurred_date'],
        },
    }
) }}

with

transcripts as (

    select
        *,
        {{ local_date('occurred_at') }} as occurred_date,
        -- a transcript of a chat is of the session, of an e-mail of one message
        case
            when interaction_type in ('call', 'chat') then interaction_type || ':' || interaction_id
        end as contact_id

    from {{ ref('int_transcripts') }}

    where occurred_at <= {{ as_of() }}

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

agents as (

    select * from {{ ref('dim_agent') }}

),

placed as (

    select
        transcripts.*,
        contacts.agent_id as contact_agent_id,
        contacts.team_id as contact_team_id,
        contacts.channel as contact_channel,
        contacts.topic_code as contact_topic_code,
        test_contacts.contact_id is not null as is_test,
        coalesce(transcripts.ticket_id, contacts.ticket_id) as delivered_ticket_id,
        coalesce(transcripts.agent_id, nullif(contacts.agent_id, 'unknown')) as found_agent_id

    from transcripts

    left join contacts
        on transcripts.contact_id = contacts.contact_id

    left join test_contacts
        on transcripts.contact_id = test_contacts.contact_id

),

final as (

    select
        ---------- ids
        placed.transcript_id,
        placed.interaction_id,
        tickets.ticket_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        -- the agent's on that day, else the interaction's, else the ticket's (G9)
        coalesce(
            nullif(agents.team_id, 'unknown'), nullif(placed.contact_team_id, 'unknown'),
            tickets.team_id, 'unknown'
        ) as team_id,

        ---------- strings
        coalesce(placed.interaction_type, 'unknown') as interaction_type,
        coalesce(nullif(placed.contact_channel, 'unknown'), tickets.channel, 'unknown') as channel,
        coalesce(
            nullif(tickets.topic_code, 'unknown'), placed.contact_topic_code, 'unknown'
        ) as topic_code,
        coalesce(tickets.product_code, 'unknown') as product_code,
        coalesce(placed.language, tickets.language, 'unknown') as language,
        coalesce(placed.analysis_version, 'unknown') as analysis_version,
        placed.keyword_source,

        ---------- numerics
        placed.word_count,
        placed.script_items_expected,
        placed.script_items_met,

        ---------- booleans
        placed.is_analysed,
        coalesce(tickets.is_valid, true) and not placed.is_test as is_valid,

        ---------- dates
        placed.occurred_date,

        ---------- timestamps (UTC)
        placed.occurred_at

    from placed

    left join tickets
        on placed.delivered_ticket_id = tickets.delivered_ticket_id

    left join agents
        on
            placed.found_agent_id = agents.agent_id
            and placed.occurred_date >= agents.valid_from_date
            and placed.occurred_date < agents.valid_to_date

)

select * from final
