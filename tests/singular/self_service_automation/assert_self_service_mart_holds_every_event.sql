-- The rows over everything hold each session, conversation, promise and repeat contact once, and the
-- detail rows of a day as many.
with

events as (

    select
        (select count(*) from {{ ref('fct_self_service_sessions') }}) as session_count,
        (select count(*) from {{ ref('fct_bot_conversations') }}) as conversation_count,
        (
            select count(*) from {{ ref('fct_selfcare_promises') }}
            where is_matured
        ) as promise_count,
        (
            select count(*) from {{ ref('fct_ai_answer_reviews') }}
            where
                is_latest_random
                and verdict != 'not_assessable'
                and answered_date is not null
        ) as ai_review_count

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
        events.session_count,
        scopes.session_count as mart_session_count,
        events.conversation_count,
        scopes.conversation_count as mart_conversation_count,
        events.promise_count,
        scopes.promise_count as mart_promise_count,
        events.ai_review_count,
        scopes.ai_review_count as mart_ai_review_count

    from scopes

    cross join events

    where
        events.session_count != scopes.session_count
        or events.conversation_count != scopes.conversation_count
        or events.promise_count != scopes.promise_count
        or events.ai_review_count != scopes.ai_review_count

)

select * from final
