-- Grain: one row per mention, comment, review or direct message posted by as_of.

{{ config(
    materialized='incremental',
    unique_key='mention_id',
    meta={
        'scope': 'all',
        'links': {
            'date': ['posted_date', 'replied_date'],
        },
    }
) }}

with

mentions as (

    select
        *,
        coalesce(mention_type, 'unknown') as known_mention_type,
        -- an answer that is still to come is none (Q09)
        case when replied_at <= {{ as_of() }} then replied_at end as known_replied_at,
        case when rating_stars between 1 and 5 then rating_stars end as valid_stars

    from {{ ref('stg_social__social_mentions') }}

    where posted_at <= {{ as_of() }}

),

customers as (

    select * from {{ ref('int_customers_folded') }}

),

tickets as (

    {{ surviving_tickets(ref('fct_tickets')) }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

final as (

    select
        ---------- ids
        mentions.mention_id,
        coalesce(customers.surviving_customer_id, mentions.customer_id) as customer_id,
        tickets.ticket_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(nullif(agents.team_id, 'unknown'), tickets.team_id, 'unknown') as team_id,

        ---------- strings
        coalesce(mentions.platform, 'unknown') as platform,
        mentions.known_mention_type as mention_type,
        coalesce(tickets.topic_code, 'unknown') as topic_code,
        coalesce(tickets.product_code, 'unknown') as product_code,
        coalesce(tickets.language, 'unknown') as language,

        ---------- numerics
        mentions.valid_stars as rating_stars,
        {{ duration_seconds('mentions.posted_at', 'mentions.known_replied_at') }}
            as response_seconds,

        ---------- booleans
        coalesce(
            mentions.requires_reply,
            mentions.known_mention_type = 'dm'
            or (mentions.known_mention_type = 'review' and mentions.valid_stars <= 3),
            false
        ) as requires_reply,
        mentions.known_replied_at is not null as is_replied,
        -- whoever passes a post on says nothing of their own: that is engagement with the post
        not coalesce(mentions.is_own_or_spam, false)
        and mentions.known_mention_type not in ('share', 'reshare', 'repost', 'retweet')
            as is_counted,

        ---------- dates
        {{ local_date('mentions.posted_at') }} as posted_date,
        {{ local_date('mentions.known_replied_at') }} as replied_date,

        ---------- timestamps (UTC)
        mentions.posted_at,
        mentions.known_replied_at as replied_at

    from mentions

    left join customers
        on mentions.customer_id = customers.customer_id

    left join tickets
        on mentions.ticket_id = tickets.delivered_ticket_id

    -- who answered, on the day of the answer
    left join agents
        on
            mentions.agent_id = agents.agent_id
            and {{ local_date('coalesce(mentions.known_replied_at, mentions.posted_at)') }}
            >= agents.valid_from_date
            and {{ local_date('coalesce(mentions.known_replied_at, mentions.posted_at)') }}
            < agents.valid_to_date

)

select * from final
