-- Grain: one row per survey invitation sent, and per answer given, by as_of.
-- Whom and what the survey is about, resolved once for invitations and answers alike. The ticket
-- is the one that survived merges; agent and team are looked up at the instant of sending or
-- answering (G9, Q113). Employee surveys get no ticket, agent or customer (G13, Q116).

with

invitations as (

    select * from {{ ref('stg_surveys__survey_invitations') }}

    where {{ is_restated('invitation', 'invitation_id') }}

),

responses as (

    select * from {{ ref('stg_surveys__survey_responses') }}

    where
        answered_at <= {{ as_of() }}
        and {{ is_restated('response', 'response_id') }}

),

survivors as (

    select * from {{ ref('int_ticket_survivors') }}

),

validity as (

    select * from {{ ref('int_ticket_validity') }}

),

tickets as (

    select * from {{ ref('int_tickets_delivered') }}

    where {{ is_restated('ticket', 'ticket_id') }}

),

timeline as (

    select * from {{ ref('int_ticket_timeline') }}

),

call_legs as (

    select * from {{ ref('int_call_legs') }}

),

chat_sessions as (

    select * from {{ ref('int_chat_sessions') }}

),

messages as (

    select * from {{ ref('int_ticket_messages') }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

channels as (

    select * from {{ ref('cfg_channels') }}

),

topics as (

    select * from {{ ref('cfg_topics') }}

),

known_agents as (

    select distinct agent_id from agents

),

interactions as (

    select
        'call' as interaction_kind,
        call_id as interaction_id,
        ticket_id,
        customer_id,
        agent_id,
        'phone' as channel,
        topic_code

    from call_legs

    union all

    select
        'chat' as interaction_kind,
        session_id as interaction_id,
        ticket_id,
        customer_id,
        agent_id,
        channel,
        topic_code

    from chat_sessions

    union all

    select
        'message' as interaction_kind,
        message_id as interaction_id,
        ticket_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        case when is_human then author_id end as agent_id,
        channel,
        cast(null as {{ dbt.type_string() }}) as topic_code

    from messages

),

items as (

    select
        'invitation:' || invitation_id as survey_item_id,
        survey_code,
        touchpoint,
        collection_channel,
        ticket_id as delivered_ticket_id,
        customer_id as delivered_customer_id,
        agent_id as surveyed_agent_id,
        interaction_type,
        interaction_id,
        coalesce(audience = 'employee', false) as is_employee,
        false as is_agent_rating,
        sent_at as surveyed_at

    from invitations

    where sent_at <= {{ as_of() }}

    union all

    select
        'answer:' || responses.response_id || ':' || responses.question_code as survey_item_id,
        coalesce(responses.survey_code, invitations.survey_code) as survey_code,
        invitations.touchpoint,
        coalesce(responses.collection_channel, invitations.collection_channel)
            as collection_channel,
        coalesce(responses.ticket_id, invitations.ticket_id) as delivered_ticket_id,
        coalesce(responses.customer_id, invitations.customer_id) as delivered_customer_id,
        coalesce(invitations.agent_id, responses.agent_id) as surveyed_agent_id,
        -- type and id belong together, so both come from the same side
        case
            when invitations.interaction_id is not null then invitations.interaction_type
            else responses.interaction_type
        end as interaction_type,
        coalesce(invitations.interaction_id, responses.interaction_id) as interaction_id,
        -- the more private reading wins: what anything calls an employee's answer is one
        coalesce(responses.audience = 'employee', false)
        or coalesce(invitations.audience = 'employee', false)
        or responses.question_code = 'esat_overall' as is_employee,
        responses.question_code = 'agent_rating' as is_agent_rating,
        responses.answered_at as surveyed_at

    from responses

    left join invitations
        on responses.invitation_id = invitations.invitation_id

),

customer_items as (

    select * from items

    where not is_employee

),

linked as (

    select
        customer_items.survey_item_id,
        customer_items.is_agent_rating,
        customer_items.surveyed_at,
        customer_items.delivered_customer_id,
        interactions.customer_id as interaction_customer_id,
        interactions.channel as interaction_channel,
        interactions.topic_code as interaction_topic_code,
        coalesce(customer_items.surveyed_agent_id, interactions.agent_id) as surveyed_agent_id,
        coalesce(customer_items.delivered_ticket_id, interactions.ticket_id)
            as delivered_ticket_id

    from customer_items

    left join interactions
        on
            customer_items.interaction_id = interactions.interaction_id
            and case
                when customer_items.interaction_type = 'email' then 'message'
                else customer_items.interaction_type
            end = interactions.interaction_kind

),

placed as (

    select
        linked.*,
        survivors.survivor_ticket_id as ticket_id,
        -- merged into nothing: no ticket to count on, but its own flags still say spam or test
        coalesce(survivors.survivor_ticket_id, survivors.ticket_id) as described_ticket_id,
        {{ local_date('linked.surveyed_at') }} as surveyed_date

    from linked

    left join survivors
        on linked.delivered_ticket_id = survivors.ticket_id

),

-- the agent surveyed, in the team he or she was in that day
in_team as (

    select
        placed.*,
        nullif(agents.team_id, 'unknown') as agent_team_id

    from placed

    left join agents
        on
            placed.surveyed_agent_id = agents.agent_id
            and placed.surveyed_date >= agents.valid_from_date
            and placed.surveyed_date < agents.valid_to_date

),

-- The few without agent or team: owner and team of the ticket at that instant, which are those
-- after the last change up to it.
states as (

    select
        in_team.survey_item_id,
        timeline.agent_id,
        timeline.team_id,
        row_number() over (
            partition by in_team.survey_item_id
            order by timeline.change_number desc
        ) as recency

    from in_team

    inner join timeline
        on
            in_team.ticket_id = timeline.ticket_id
            and in_team.surveyed_at >= timeline.changed_at

    where in_team.agent_team_id is null

),

described as (

    select
        in_team.survey_item_id,
        in_team.ticket_id,
        in_team.surveyed_date,
        in_team.agent_team_id,
        states.team_id as ticket_team_id,
        coalesce(
            in_team.surveyed_agent_id,
            -- a rating is of the person surveyed; the owner may be somebody else
            case when not in_team.is_agent_rating then states.agent_id end
        ) as found_agent_id,
        coalesce(
            in_team.delivered_customer_id, tickets.customer_id, in_team.interaction_customer_id
        ) as found_customer_id,
        coalesce(nullif(validity.channel, 'unknown'), in_team.interaction_channel)
            as ticket_channel,
        coalesce(tickets.topic_code, in_team.interaction_topic_code) as topic_code,
        tickets.product_code,
        tickets.country,
        tickets.language,
        coalesce(
            validity.is_spam or validity.is_test or validity.is_internal or validity.is_deleted,
            false
        ) as is_on_excluded_ticket,
        coalesce(tickets.is_complaint, false) as is_on_complaint

    from in_team

    left join states
        on
            in_team.survey_item_id = states.survey_item_id
            and states.recency = 1

    left join validity
        on in_team.described_ticket_id = validity.ticket_id

    left join tickets
        on in_team.described_ticket_id = tickets.ticket_id

),

teamed as (

    select
        described.*,
        coalesce(
            described.agent_team_id, nullif(agents.team_id, 'unknown'), described.ticket_team_id
        ) as found_team_id

    from described

    -- the owner found instead of an agent surveyed
    left join agents
        on
            described.found_agent_id = agents.agent_id
            and described.agent_team_id is null
            and described.surveyed_date >= agents.valid_from_date
            and described.surveyed_date < agents.valid_to_date

),

final as (

    select
        ---------- ids
        items.survey_item_id,
        teamed.ticket_id,
        coalesce(customers.surviving_customer_id, teamed.found_customer_id) as customer_id,
        case
            when not items.is_employee then coalesce(known_agents.agent_id, 'unknown')
        end as agent_id,
        coalesce(teams.team_id, 'unknown') as team_id,

        ---------- strings
        items.survey_code,
        case when items.is_employee then 'employee' else 'customer' end as audience,
        case
            when items.is_employee then 'employee'
            else coalesce(items.touchpoint, 'unknown')
        end as touchpoint,
        coalesce(items.collection_channel, 'unknown') as collection_channel,
        coalesce(channels.channel, 'unknown') as ticket_channel,
        coalesce(topics.topic_code, 'unknown') as topic_code,
        coalesce(teamed.product_code, 'unknown') as product_code,
        coalesce(customers.customer_segment, 'unknown') as customer_segment,
        coalesce(teamed.country, customers.country, 'unknown') as country,
        coalesce(teamed.language, customers.language, 'unknown') as language,

        ---------- booleans
        coalesce(teamed.is_on_excluded_ticket, false) as is_on_excluded_ticket,
        coalesce(teamed.is_on_complaint, false) as is_on_complaint,

        ---------- timestamps (UTC)
        items.surveyed_at

    from items

    left join teamed
        on items.survey_item_id = teamed.survey_item_id

    left join customers
        on teamed.found_customer_id = customers.customer_id

    left join known_agents
        on teamed.found_agent_id = known_agents.agent_id

    left join teams
        on teamed.found_team_id = teams.team_id

    left join channels
        on teamed.ticket_channel = channels.channel

    left join topics
        on teamed.topic_code = topics.topic_code

)

select * from final
