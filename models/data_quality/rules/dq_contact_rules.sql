-- Grain: one row per finding on a call or chat whose values contradict each other.
{{ config(meta={'scope': {
    'call': "case when raw_table = 'calls' then row_key end",
    'chat': "case when raw_table = 'chat_sessions' then row_key end",
}}) }}

with

calls as (

    select
        *,
        coalesce(direction, 'inbound') not in ('outbound', 'callback', 'internal') as is_inbound,
        coalesce(disposition, case when answered_at is not null then 'answered' end)
        = 'answered' as is_handled,
        coalesce(
            case when wrap_seconds >= 0 then wrap_seconds end,
            {{ duration_seconds('ended_at', 'acw_ended_at') }}
        ) as known_wrap_seconds,
        {{ elapsed_seconds('enqueued_at', 'coalesce(answered_at, ended_at)') }}
            as shown_queue_seconds

    from {{ ref('stg_telephony__calls') }}

    where
        started_at <= {{ as_of() }}
        and {{ is_restated('call', 'call_id') }}

),

chats as (

    select * from {{ ref('stg_helpdesk__chat_sessions') }}

    where
        started_at <= {{ as_of() }}
        and {{ is_restated('chat', 'session_id') }}

),

judged as (

    select
        'calls' as raw_table,
        call_id as row_key,
        'wrap_seconds' as column_name,
        case when known_wrap_seconds is null then 'missing_wrap' else 'open_wrap' end
            as reason_code,
        cast(wrap_seconds as {{ dbt.type_string() }}) as raw_value,
        source_file,
        loaded_at

    from calls

    where
        is_handled
        and (known_wrap_seconds is null or known_wrap_seconds > {{ var('acw_cap_seconds') }})

    union all

    -- Q13: who was queued and is said to have got no answer
    select
        'calls' as raw_table,
        call_id as row_key,
        'disposition' as column_name,
        'queued_no_answer' as reason_code,
        disposition as raw_value,
        source_file,
        loaded_at

    from calls

    where
        is_inbound
        and enqueued_at is not null
        and disposition in ('no_answer', 'busy', 'failed')

    union all

    select
        'calls' as raw_table,
        call_id as row_key,
        'currency' as column_name,
        'sale_without_currency' as reason_code,
        null as raw_value,
        source_file,
        loaded_at

    from calls

    where
        sale_amount is not null
        and currency_code is null

    union all

    -- the export's own queue time against the instants; reversed instants are a finding themselves
    select
        'calls' as raw_table,
        call_id as row_key,
        'queue_seconds' as column_name,
        'export_mismatch' as reason_code,
        cast(queue_seconds as {{ dbt.type_string() }}) as raw_value,
        source_file,
        loaded_at

    from calls

    where
        queue_seconds >= 0
        and shown_queue_seconds >= 0
        and abs(queue_seconds - shown_queue_seconds) > {{ var('clock_skew_seconds') }}

    union all

    select
        'chat_sessions' as raw_table,
        session_id as row_key,
        'active_seconds' as column_name,
        'active_over_session' as reason_code,
        cast(active_seconds as {{ dbt.type_string() }}) as raw_value,
        source_file,
        loaded_at

    from chats

    where
        active_seconds > {{ elapsed_seconds('started_at', 'ended_at') }}
        and ended_at >= started_at

),

{{ rule_findings([('telephony', 'calls'), ('helpdesk', 'chat_sessions')]) }}
