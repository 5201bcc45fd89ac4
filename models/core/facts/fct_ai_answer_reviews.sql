-- Grain: one row per review, by as_of, of an AI answer.
with

reviews as (

    select
        *,
        -- an answer without id is one of its own
        coalesce(ai_answer_id, 'review:' || ai_review_id) as known_answer_id

    from {{ ref('stg_digital__ai_answer_reviews') }}

    -- what is dated later did not happen yet (Q09)
    where
        coalesce(reviewed_at <= {{ as_of() }}, true)
        and coalesce(answered_at <= {{ as_of() }}, true)

),

conversations as (

    select * from {{ ref('fct_bot_conversations') }}

),

tickets as (

    {{ surviving_tickets(ref('fct_tickets')) }}

),

-- several reviewers: the latest decides; of the random sample, and of all (Q79, Q87)
ranked as (

    select
        *,
        row_number() over (
            partition by known_answer_id
            order by
                case when reviewed_at is null then 1 else 0 end asc,
                reviewed_at desc,
                ai_review_id desc
        ) as review_rank,
        row_number() over (
            partition by known_answer_id
            order by
                case when sampling = 'random' then 0 else 1 end asc,
                case when reviewed_at is null then 1 else 0 end asc,
                reviewed_at desc,
                ai_review_id desc
        ) as sample_rank

    from reviews

),

final as (

    select
        ---------- ids
        ranked.ai_review_id,
        ranked.known_answer_id as ai_answer_id,
        conversations.bot_conversation_id,
        tickets.ticket_id,

        ---------- strings
        case
            when ranked.assist_mode in ('auto_reply', 'agent_suggestion') then ranked.assist_mode
            else 'unknown'
        end as assist_mode,
        case
            when
                ranked.verdict in ('correct', 'partially_correct', 'incorrect', 'harmful')
                then ranked.verdict
            else 'not_assessable'
        end as verdict,
        case when ranked.sampling in ('random', 'targeted') then ranked.sampling else 'unknown' end
            as sampling,
        coalesce(nullif(conversations.channel, 'unknown'), tickets.channel, 'unknown') as channel,
        coalesce(nullif(conversations.topic_code, 'unknown'), tickets.topic_code, 'unknown')
            as topic_code,

        ---------- booleans
        coalesce(ranked.was_accepted_by_agent, false) as is_accepted,
        ranked.review_rank = 1 as is_latest,
        coalesce(ranked.sampling = 'random', false) and ranked.sample_rank = 1
            as is_latest_random,

        ---------- dates
        {{ local_date('ranked.answered_at') }} as answered_date,

        ---------- timestamps (UTC)
        ranked.answered_at,
        ranked.reviewed_at

    from ranked

    left join conversations
        on ranked.bot_conversation_id = conversations.bot_conversation_id

    left join tickets
        on ranked.ticket_id = tickets.delivered_ticket_id

)

select * from final
