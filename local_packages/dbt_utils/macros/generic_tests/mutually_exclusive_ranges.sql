{#
  Fails for each row whose range is empty or reversed, or does not end before the next one of its
  partition starts. gaps: `allowed` (touching or apart), `not_allowed` (touching), `required`
  (apart). A null bound fails, but for the last range's missing successor.
#}
{% test mutually_exclusive_ranges(
    model,
    lower_bound_column,
    upper_bound_column,
    partition_by=none,
    gaps='allowed',
    zero_length_range_allowed=false
) %}
    {{ return(adapter.dispatch('test_mutually_exclusive_ranges', 'dbt_utils')(
        model,
        lower_bound_column,
        upper_bound_column,
        partition_by,
        gaps,
        zero_length_range_allowed
    )) }}
{% endtest %}

{% macro default__test_mutually_exclusive_ranges(
    model,
    lower_bound_column,
    upper_bound_column,
    partition_by=none,
    gaps='allowed',
    zero_length_range_allowed=false
) %}
    {%- set operators = {'allowed': '<=', 'not_allowed': '=', 'required': '<'} -%}
    {%- if gaps not in operators -%}
        {{ exceptions.raise_compiler_error(
            "mutually_exclusive_ranges: gaps must be allowed, not_allowed or required, not " ~ gaps
        ) }}
    {%- endif -%}
    {%- if zero_length_range_allowed not in [true, false] -%}
        {{ exceptions.raise_compiler_error(
            "mutually_exclusive_ranges: zero_length_range_allowed must be true or false, not "
            ~ zero_length_range_allowed
        ) }}
    {%- endif -%}
    {%- set length_operator = '<=' if zero_length_range_allowed else '<' -%}
    {%- set partition = 'partition by ' ~ partition_by ~ ' ' if partition_by else '' -%}
    with

    ordered as (

        select
            {%- if partition_by %}
            {{ partition_by }} as partition_value,
            {%- endif %}
            {{ lower_bound_column }} as lower_bound,
            {{ upper_bound_column }} as upper_bound,
            lead({{ lower_bound_column }}) over (
                {{ partition }}order by {{ lower_bound_column }}, {{ upper_bound_column }}
            ) as next_lower_bound,
            row_number() over (
                {{ partition }}order by {{ lower_bound_column }} desc, {{ upper_bound_column }} desc
            ) as position_from_end

        from {{ model }}

    )

    select *

    from ordered

    where
        not coalesce(lower_bound {{ length_operator }} upper_bound, false)
        or not coalesce(upper_bound {{ operators[gaps] }} next_lower_bound, position_from_end = 1)
{% endmacro %}
