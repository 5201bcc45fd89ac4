{#
  A query with the whole numbers 1 … upper_bound in `generated_number`. One cross join per decimal
  digit: no recursion and no table function, so every engine runs it.
#}
{% macro generate_series(upper_bound) -%}
    {{ return(adapter.dispatch('generate_series', 'dbt_utils')(upper_bound)) }}
{%- endmacro %}

{% macro default__generate_series(upper_bound) -%}
    {%- if upper_bound | int < 1 -%}
        {{ exceptions.raise_compiler_error(
            "generate_series: upper_bound must be 1 or more, not " ~ upper_bound
        ) }}
    {%- endif -%}
    {%- set places = (upper_bound | int - 1) | string | length -%}
    with

    digits as (

        {%- for digit in range(10) %}
        select {{ digit }} as digit{{ ' union all' if not loop.last }}
        {%- endfor %}

    ),

    numbers as (

        select
            1
            {%- for place in range(places) %} + {{ 10 ** place }} * place_{{ place }}.digit
            {%- endfor %} as generated_number

        from digits as place_0
        {%- for place in range(1, places) %}
        cross join digits as place_{{ place }}
        {%- endfor %}

    )

    select generated_number

    from numbers

    where generated_number <= {{ upper_bound }}

    order by generated_number
{%- endmacro %}
