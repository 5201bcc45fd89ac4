-- Grain: one row per period grain, period start, tool, topic and channel (all = every one).

{# Distinct users do not add up, so each period and scope is counted for itself: a row of a week is
   no sum of days, and a row with all no sum of others. Scopes: tool, topic and channel; each tool,
   each topic and each channel alone; everything. -#}
{% set grains = {
    'day': 'date_day',
    'week': 'week_start_date',
    'month': 'month_start_date',
    'quarter': 'quarter_start_date',
    'year': 'year_start_date',
} -%}
{% set scopes = [
    ['tool', 'topic_code', 'channel'], ['tool'], ['topic_code'], ['channel'], [],
] -%}
{% set dimensions = ['tool', 'topic_code', 'channel'] -%}
{% set keys = ['date_day'] + dimensions -%}
{% set daily_sets = {
    'visited': ['all_self_service_sessions', 'self_service_sessions', 'unmatured_sessions'],
    'contacted': [
        'selfcare_handled_contacts', 'selfcare_eligible', 'selfcare_promoted',
        'selfcare_promoted_all',
    ],
    'promised': ['selfcare_promised_matured', 'selfcare_adopted', 'unmatured_promises'],
    'repeated': ['recurring_contacts'],
    'conversed': [
        'bot_conversations', 'bot_involved', 'bot_contained', 'bot_resolved_confirmed',
        'bot_resolved_assumed', 'unmatured_bots',
    ],
    'answered': [
        'ai_reviewed', 'ai_correct', 'ai_partially_correct', 'ai_incorrect', 'ai_harmful',
        'ai_suggestions', 'ai_accepted',
    ],
} -%}
{% set daily_measures = daily_sets.values() | sum(start=[]) -%}
{# distinct people; who asked a human, or has a ticket, used no tool of ours: they are counted only
   over all tools and channels -#}
{% set user_measures = ['users_self_service', 'users_found_answer', 'users_found_inferred'] -%}
{% set support_measures = ['users_any_support', 'users_in_tickets'] -%}
{# by what distinct people are counted, and the scopes in which each count stands: the tool of a
   session is its channel too, so both are one count -#}
{% set counted_by = {
    'tool_and_topic': ['tool', 'topic_code'], 'tool': ['tool'], 'topic': ['topic_code'],
    'nothing': [],
} -%}
{% set support_counted_by = {'topic': ['topic_code'], 'nothing': []} -%}
{% set shown_in = {
    'tool_and_topic': [['tool', 'topic_code', 'tool']],
    'tool': [['tool', "'all'", "'all'"], ["'all'", "'all'", 'tool']],
    'topic': [["'all'", 'topic_code', "'all'"]],
    'nothing': [["'all'", "'all'", "'all'"]],
} -%}
{% set people_sets = {
    'people': [user_measures, counted_by],
    'supported': [support_measures, support_counted_by],
} -%}
{% set period_keys = ['period_grain', 'period_start_date'] + dimensions -%}
{% set period_sets = {
    'period_sums': daily_measures, 'period_people': user_measures + support_measures,
} -%}

with

sessions as (

    select
        *,
        {{ local_date('started_at') }} as started_date,
        -- nobody said anything, and nobody asked a human
        is_successful
        or (found_answer is null and is_matured and not is_followed_by_contact)
            as is_inferred_successful

    from {{ ref('fct_self_service_sessions') }}

),

conversations as (

    select * from {{ ref('fct_bot_conversations') }}

),

ai_reviews as (

    select * from {{ ref('fct_ai_answer_reviews') }}

),

contacts as (

    select * from {{ ref('fct_contacts') }}

),

promises as (

    select * from {{ ref('fct_selfcare_promises') }}

),

demands as (

    select * from {{ ref('fct_customer_contacts') }}

),

tickets as (

    select * from {{ ref('fct_tickets') }}

    where
        is_valid
        and customer_id is not null

),

topics as (

    select * from {{ ref('dim_topic') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

sources as (

    select min(data_through_at) as data_through_at

    from {{ ref('dim_source') }}

    where source_name in ('digital', 'helpdesk', 'telephony')

),

---------- what adds up, by day

visited as (

    select
        started_date as date_day,
        channel as tool,
        topic_code,
        channel,
        1 as all_self_service_sessions,
        -- the tools of a help centre (Q75)
        {{ one_if("channel in ('faq', 'knowledge_base', 'portal', 'community')") }}
            as self_service_sessions,
        {{ one_if('not is_matured') }} as unmatured_sessions

    from sessions

),

-- only calls and chats say whether self-care was a way (Q87)
contacted as (

    select
        handled_date as date_day,
        'none' as tool,
        topic_code,
        channel,
        1 as selfcare_handled_contacts,
        {{ one_if('selfcare_eligible') }} as selfcare_eligible,
        {{ one_if('selfcare_eligible and selfcare_promoted') }} as selfcare_promoted,
        {{ one_if('selfcare_promoted') }} as selfcare_promoted_all

    from contacts

    where
        is_handled
        and contact_type in ('call', 'chat')

),

promised as (

    select
        handled_date as date_day,
        'none' as tool,
        topic_code,
        channel,
        {{ one_if('is_matured') }} as selfcare_promised_matured,
        {{ one_if('is_matured and is_adopted') }} as selfcare_adopted,
        {{ one_if('not is_matured') }} as unmatured_promises

    from promises

),

repeated as (

    select
        demands.demanded_date as date_day,
        'none' as tool,
        demands.topic_code,
        demands.channel,
        1 as recurring_contacts

    from demands

    inner join topics
        on demands.topic_code = topics.topic_code

    where
        demands.is_repeat_contact
        and topics.is_selfcare_eligible

),

conversed as (

    select
        ended_date as date_day,
        'chatbot' as tool,
        topic_code,
        channel,
        1 as bot_conversations,
        {{ one_if('is_involved') }} as bot_involved,
        {{ one_if('is_contained') }} as bot_contained,
        {{ one_if('is_resolved_confirmed') }} as bot_resolved_confirmed,
        {{ one_if('is_resolved_assumed') }} as bot_resolved_assumed,
        {{ one_if('is_involved and not is_matured') }} as unmatured_bots

    from conversations

),

answered as (

    select
        answered_date as date_day,
        assist_mode as tool,
        topic_code,
        channel,
        {{ one_if("is_latest_random and verdict != 'not_assessable'") }} as ai_reviewed,
        {{ one_if("is_latest_random and verdict = 'correct'") }} as ai_correct,
        {{ one_if("is_latest_random and verdict = 'partially_correct'") }}
            as ai_partially_correct,
        {{ one_if("is_latest_random and verdict = 'incorrect'") }} as ai_incorrect,
        {{ one_if("is_latest_random and verdict = 'harmful'") }} as ai_harmful,
        {{ one_if("is_latest and assist_mode = 'agent_suggestion'") }} as ai_suggestions,
        {{ one_if("is_latest and assist_mode = 'agent_suggestion' and is_accepted") }}
            as ai_accepted

    from ai_reviews

),

stacked as (
    {{ stack_measures(keys, daily_sets) }}

),

daily as (

    select
        {{ keys | join(',\n        ') }},
        {{ total_columns(marks=daily_measures) }}

    from stacked

    where date_day is not null

    group by
        {{ keys | join(',\n        ') }}

),

---------- distinct people

-- the day in the column of each population that the session is one of
people as (

    select
        user_id,
        started_date as date_day,
        channel as tool,
        topic_code,
        started_date as users_self_service,
        case when is_successful then started_date end as users_found_answer,
        case when is_inferred_successful then started_date end as users_found_inferred

    from sessions

    where
        user_id is not null
        and started_date is not null

),

-- who looked for support anywhere: in self-service, or of a human by an offered call, an offered
-- chat or a customer turn (Q86); a known customer is the same person in both
asked as (

    select
        user_id,
        started_date as date_day,
        topic_code,
        started_date as users_any_support,
        cast(null as date) as users_in_tickets

    from sessions

    where
        user_id is not null
        and started_date is not null

    union all

    select
        customer_id as user_id,
        contact_date as date_day,
        topic_code,
        contact_date as users_any_support,
        cast(null as date) as users_in_tickets

    from contacts

    where
        is_contact
        and customer_id is not null
        and contact_date is not null

    union all

    select
        customer_id as user_id,
        created_date as date_day,
        topic_code,
        cast(null as date) as users_any_support,
        created_date as users_in_tickets

    from tickets

    where created_date is not null

),

-- tickets and their contacts mostly fall on one day
supported as (

    select
        user_id,
        date_day,
        topic_code,
        max(users_any_support) as users_any_support,
        max(users_in_tickets) as users_in_tickets

    from asked

    group by
        user_id,
        date_day,
        topic_code

),

-- Whoever was there before in a period is not counted in it again: the last day of the same person
-- tells, in one pass. Rows of one day follow each other in any order; only the first one counts.
{% for rows, (measures, counts) in people_sets.items() -%}
    {% for count_name, columns in counts.items() -%}
        {{ rows }}_by_{{ count_name }} as (

            select
                {% for column in columns -%}
                    {{ column }},
                {% endfor -%}
                {% for measure in measures -%}
                    {{ measure }},
                    max({{ measure }}) over (
                        partition by {{ (['user_id'] + columns) | join(', ') }}
                        order by date_day
                        rows between unbounded preceding and 1 preceding
                    ) as {{ measure }}_before,
                {% endfor -%}
                date_day

            from {{ rows }}

        ),

        {{ rows }}_in_periods_by_{{ count_name }} as (

            select
                {% for grain, start_column in grains.items() -%}
                    {% for measure in measures -%}
                        count(
                            case
                                when
                                    coalesce(
                                        sequenced.{{ measure }}_before < dates.{{ start_column }},
                                        true
                                    )
                                    then sequenced.{{ measure }}
                            end
                        ) as {{ measure }}_in_{{ grain }},
                    {% endfor -%}
                {% endfor -%}
                {% for column in columns -%}
                    sequenced.{{ column }},
                {% endfor -%}
                sequenced.date_day

            from {{ rows }}_by_{{ count_name }} as sequenced

            inner join dates
                on sequenced.date_day = dates.date_day

            group by
                {% for column in columns -%}
                    sequenced.{{ column }},
                {% endfor -%}
                sequenced.date_day

        ),

    {% endfor -%}
    {{ rows }}_in_periods as (

        {% for count_name in counts -%}
            {% set is_last_count = loop.last -%}
            {% for tool, topic_code, channel in shown_in[count_name] -%}
                select
                    {% for grain in grains -%}
                        {% for measure in measures -%}
                            {{ measure }}_in_{{ grain }},
                        {% endfor -%}
                    {% endfor -%}
                    date_day,
                    {{ tool }} as tool,
                    {{ topic_code }} as topic_code,
                    {{ channel }} as channel

                from {{ rows }}_in_periods_by_{{ count_name }}

                {{ 'union all' if not (is_last_count and loop.last) }}

            {% endfor -%}
        {% endfor %}
    ),

{% endfor -%}
{% set in_period_sets = {} -%}
{% for rows, (measures, counts) in people_sets.items() -%}
    {% set in_periods = [] -%}
    {% for grain in grains -%}
        {% for measure in measures -%}
            {% do in_periods.append(measure ~ '_in_' ~ grain) -%}
        {% endfor -%}
    {% endfor -%}
    {% do in_period_sets.update({rows ~ '_in_periods': in_periods}) -%}
{% endfor -%}
first_in_periods as (
    {{ stack_measures(keys, in_period_sets) }}

),

period_people as (

    {% for grain, start_column in grains.items() -%}
        select
            {% for measure in user_measures + support_measures -%}
                sum(first_in_periods.{{ measure }}_in_{{ grain }}) as {{ measure }},
            {% endfor -%}
            '{{ grain }}' as period_grain,
            dates.{{ start_column }} as period_start_date,
            first_in_periods.tool,
            first_in_periods.topic_code,
            first_in_periods.channel

        from first_in_periods

        inner join dates
            on first_in_periods.date_day = dates.date_day

        group by
            dates.{{ start_column }},
            first_in_periods.tool,
            first_in_periods.topic_code,
            first_in_periods.channel

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

---------- all of it, by period

scoped_daily as (

    {% for scope in scopes -%}
        select
            date_day,
            {% for dimension in dimensions -%}
                {{ dimension if dimension in scope else "'all' as " ~ dimension }},
            {% endfor -%}
            {{ total_columns(counts=daily_measures) }}

        from daily

        group by
            {{ (['date_day'] + scope) | join(',\n        ') }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

period_sums as (

    {% for grain, start_column in grains.items() -%}
        select
            {% for measure in daily_measures -%}
                sum(scoped_daily.{{ measure }}) as {{ measure }},
            {% endfor -%}
            '{{ grain }}' as period_grain,
            dates.{{ start_column }} as period_start_date,
            scoped_daily.tool,
            scoped_daily.topic_code,
            scoped_daily.channel

        from scoped_daily

        inner join dates
            on scoped_daily.date_day = dates.date_day

        group by
            dates.{{ start_column }},
            scoped_daily.tool,
            scoped_daily.topic_code,
            scoped_daily.channel

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

period_stacked as (
    {{ stack_measures(period_keys, period_sets) }}

),

summed as (

    select
        {{ period_keys | join(',\n        ') }},
        {{ total_columns(counts=daily_measures + user_measures + support_measures) }}

    from period_stacked

    group by
        {{ period_keys | join(',\n        ') }}

),

period_ends as (

    {% for grain, start_column in grains.items() -%}
        select
            '{{ grain }}' as period_grain,
            {{ start_column }} as period_start_date,
            max(day_end_at) as period_end_at

        from dates

        group by {{ start_column }}

        {{ 'union all' if not loop.last }}

    {% endfor %}
),

dated as (

    select
        {% for column in period_keys + daily_measures + user_measures -%}
            summed.{{ column }},
        {% endfor -%}
        {% for measure in support_measures -%}
            case
                when summed.tool = 'all' and summed.channel = 'all' then summed.{{ measure }}
            end as {{ measure }},
        {% endfor -%}
        period_ends.period_end_at,
        sources.data_through_at as source_through_at

    from summed

    inner join period_ends
        on
            summed.period_grain = period_ends.period_grain
            and summed.period_start_date = period_ends.period_start_date

    cross join sources

),

final as (

    select
        ---------- keys
        {{ period_keys | join(',\n        ') }},

        ---------- distinct, of their rows
        {% for measure in user_measures + support_measures -%}
            {{ measure }},
        {% endfor %}
        ---------- additive over scopes and periods that do not overlap
        all_self_service_sessions,
        self_service_sessions,
        selfcare_handled_contacts,
        selfcare_eligible,
        selfcare_promoted,
        selfcare_promoted_all,
        selfcare_promised_matured,
        selfcare_adopted,
        recurring_contacts,
        bot_conversations,
        bot_involved,
        bot_contained,
        bot_resolved_confirmed,
        bot_resolved_assumed,
        ai_reviewed,
        ai_correct,
        ai_partially_correct,
        ai_incorrect,
        ai_harmful,
        ai_suggestions,
        ai_accepted,

        ---------- KPIs
        {{ safe_ratio('users_found_answer', 'users_self_service') }} as self_service_success_rate,
        {{ safe_ratio('users_found_inferred', 'users_self_service') }}
            as self_service_success_inferred_rate,
        {{ safe_ratio('users_self_service', 'users_any_support') }} as self_service_usage_rate,
        {{ safe_ratio('self_service_sessions', 'users_in_tickets') }} as self_service_score_ratio,
        {{ safe_ratio('selfcare_promoted', 'selfcare_eligible') }} as selfcare_transfer_rate,
        {{ safe_ratio('selfcare_promoted_all', 'selfcare_handled_contacts') }}
            as selfcare_transfer_all_rate,
        {{ safe_ratio('selfcare_adopted', 'selfcare_promised_matured') }}
            as selfcare_adoption_rate,
        recurring_contacts as recurring_demand_count,
        {{ safe_ratio('(bot_resolved_confirmed + bot_resolved_assumed)', 'bot_involved') }}
            as chatbot_resolution_rate,
        {{ safe_ratio('bot_resolved_confirmed', 'bot_involved') }}
            as chatbot_confirmed_resolution_rate,
        {{ safe_ratio('bot_contained', 'bot_involved') }} as chatbot_containment_rate,
        {{ safe_ratio('ai_correct', 'ai_reviewed') }} as ai_answer_accuracy_rate,
        {{ safe_ratio('(ai_correct + 0.5 * ai_partially_correct)', 'ai_reviewed') }}
            as ai_answer_accuracy_lenient_rate,
        {{ safe_ratio('ai_harmful', 'ai_reviewed') }} as ai_harmful_rate,
        {{ safe_ratio('ai_accepted', 'ai_suggestions') }} as ai_suggestion_acceptance_rate,

        ---------- flags
        users_self_service
        + selfcare_handled_contacts
        + bot_involved
        + ai_reviewed
        + ai_suggestions
        < {{ var('small_sample_n') }} as is_small_sample,
        source_through_at < period_end_at
        -- a window is open: of silence, of a return, of a promise
        or unmatured_sessions > 0
        or unmatured_bots > 0
        or unmatured_promises > 0 as is_provisional,

        ---------- timestamps (UTC)
        least(source_through_at, period_end_at) as data_through_at

    from dated

)

select * from final
