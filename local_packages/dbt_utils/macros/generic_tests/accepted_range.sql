{# Fails for each row whose value is below min_value or above max_value; a null passes. #}
{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
    {{ return(adapter.dispatch('test_accepted_range', 'dbt_utils')(
        model, column_name, min_value, max_value, inclusive
    )) }}
{% endtest %}

{% macro default__test_accepted_range(
    model, column_name, min_value=none, max_value=none, inclusive=true
) %}
    {%- set or_equal = '=' if inclusive else '' -%}
    {%- set violations = [] -%}
    {%- if min_value is not none -%}
        {%- do violations.append("not (" ~ column_name ~ " >" ~ or_equal ~ " " ~ min_value ~ ")") -%}
    {%- endif -%}
    {%- if max_value is not none -%}
        {%- do violations.append("not (" ~ column_name ~ " <" ~ or_equal ~ " " ~ max_value ~ ")") -%}
    {%- endif -%}
    select *

    from {{ model }}

    where {{ violations | join(' or ') or '1 = 0' }}
{% endmacro %}
