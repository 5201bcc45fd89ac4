{# The additive columns of the service level marts, once for every grain: {instant that dates them:
   [columns]}. Columns ending in _wait_seconds are sums of seconds, the others counts. -#}
{% macro service_level_measures() -%}
    {{ return({
        'queue_entries': [
            'offered_calls',
            'answered_calls',
            'abandoned_calls',
            'callback_requests',
            'flow_outs',
            'voicemails',
            'missed_contacts',
            'short_abandoned_calls',
            'offered_calls_and_short_abandons',
            'all_abandoned_calls',
            'failed_queue_visits',
            'sl_denominator',
            'answered_within_threshold',
            'answered_within_alt',
            'answered_plus_all_abandoned',
            'answered_or_abandoned_within_threshold',
        ],
        'menu_exits': ['ivr_abandoned_calls'],
        'answers': ['asa_answered_contacts', 'asa_wait_seconds'],
        'queue_exits': [
            'offered_contacts',
            'queue_waits_within_20_seconds',
            'queue_waits_within_30_seconds',
            'queue_waits_within_60_seconds',
            'queue_waits_within_90_seconds',
            'queue_waits_within_120_seconds',
            'queue_waits_within_300_seconds',
            'queue_waits_over_300_seconds',
            'queue_wait_seconds',
        ],
    }) }}
{%- endmacro %}
