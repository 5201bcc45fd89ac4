{# Seconds from start to end as a KPI counts them (E12): an end up to 60 s before the start is
   clock skew between systems and counts 0; earlier than that the pair is wrong: NULL. -#}
{% macro duration_seconds(start_at, end_at) -%}
    case
        when {{ elapsed_seconds(start_at, end_at) }} >= 0
            then {{ elapsed_seconds(start_at, end_at) }}
        when {{ elapsed_seconds(start_at, end_at) }} >= -{{ var('clock_skew_seconds') }}
            then 0
    end
{%- endmacro %}
