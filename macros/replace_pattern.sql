{# A text with every match of a regular expression replaced. Patterns keep to what RE2, Java and
   Postgres read alike: no look-around, no lazy repetition. -#}
{% macro replace_pattern(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_pattern', 'service_kpis')(text, pattern, replacement)) }}
{%- endmacro %}

{# Postgres and DuckDB replace the first match alone unless told otherwise -#}
{% macro default__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# Spark replaces them all, and reads a backslash in a literal as an escape -#}
{% macro spark__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern | replace("\\", "\\\\") }}', '{{ replacement }}')
{%- endmacro %}
