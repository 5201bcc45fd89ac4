-- The rows over everything hold each session, conversation, promise and AI review once, the detail
-- rows as many.
with

sessions as (

    select count(*) as session_count

    from {{ ref('fct_self_service_sessions') }}

),

conversations as (

    select count(*) as conversation_count

    from {{ ref('fct_bot_conversations') }}

),

promises as (

    select count(*) as promise_count

    from {{ ref('fct_selfcare_promises') }}

    where is_matured

),

ai_reviews as (

    select count(*) as ai_review_count

    from {{ ref('fct_ai_answer_reviews') }}

    where
        is_latest_random
        and verdict != 'not_assessable'
        and answered_date is not null

),

scopes as (

    select
        period_grain,
        case when tool = 'all' then 'everything' else 'detail' end as scope_name,
        sum(all_self_service_sessions) as session_count,
        sum(bot_conversations) as conversation_count,
        sum(selfcare_promised_matured) as promise_count,
        sum(ai_reviewed) as ai_review_count

    from {{ ref('mart_self_service_automation_daily') }}

    where
        (tool = 'all' and topic_code = 'all' and channel = 'all')
        or (tool != 'all' and topic_code != 'all' and channel != 'all')

    group by
        period_grain,
        case when tool = 'all' then 'everything' else 'detail' end

),

final as (

    select
        scopes.period_grain,
        scopes.scope_name,
        sessions.session_count,
        scopes.session_count as mart_session_count,
        conversations.conversation_count,
        scopes.conversation_count as mart_conversation_count,
        promises.promise_count,
        scopes.promise_count as mart_promise_count,
        ai_reviews.ai_review_count,
        scopes.ai_review_count as mart_ai_review_count

    from scopes

    cross join sessions

    cross join conversations

    cross join promises

    cross join ai_reviews

    where
        sessions.session_count != scopes.session_count
        or conversations.conversation_count != scopes.conversation_count
        or promises.promise_count != scopes.promise_count
        or ai_reviews.ai_review_count != scopes.ai_review_count

)

select * from final
