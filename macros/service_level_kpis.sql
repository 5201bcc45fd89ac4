{# The KPIs of the service level marts: {KPI code: [numerator, denominator]}. -#}
{% macro service_level_kpis() -%}
    {{ return({
        'asa_seconds': ['asa_wait_seconds', 'asa_answered_contacts'],
        'queue_wait_mean_seconds': ['queue_wait_seconds', 'offered_contacts'],
        'answer_rate': ['answered_calls', 'offered_calls'],
        'service_level_rate': ['answered_within_threshold', 'sl_denominator'],
        'service_level_20s_rate': ['answered_within_alt', 'sl_denominator'],
        'service_level_strict_rate': ['answered_within_threshold', 'answered_plus_all_abandoned'],
        'service_level_icmi_rate':
            ['answered_or_abandoned_within_threshold', 'answered_plus_all_abandoned'],
        'abandonment_rate': ['abandoned_calls', 'offered_calls'],
        'abandonment_all_rate': ['all_abandoned_calls', 'offered_calls_and_short_abandons'],
    }) }}
{%- endmacro %}
