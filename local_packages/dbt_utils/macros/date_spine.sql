{#
  A query with one row per `datepart` from start_date up to, but without, end_date, in
  `date_<datepart>`. Both dates are SQL expressions; the engine counts the steps between them when
  the model is compiled, so they must not refer to columns.
#}
{% macro date_spine(datepart, start_date, end_date) -%}
    {{ return(adapter.dispatch('date_spine', 'dbt_utils')(datepart, start_date, end_date)) }}
{%- endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) -%}
    {#- While dbt parses there is no connection: any length does. -#}
    {%- set steps = 1 -%}
    {%- if execute -%}
        {%- set counted = run_query(
            "select " ~ dbt.datediff(start_date, end_date, datepart) ~ " as step_count"
        ) -%}
        {%- set steps = counted.columns[0].values()[0] | int -%}
        {%- if steps < 1 -%}
            {{ exceptions.raise_compiler_error(
                "date_spine: no " ~ datepart ~ " between " ~ start_date ~ " and " ~ end_date
            ) }}
        {%- endif -%}
    {%- endif -%}
    with

    steps as (

        {{ dbt_utils.generate_series(steps) }}

    ),

    periods as (

        select {{ dbt.dateadd(datepart, 'generated_number - 1', start_date) }} as date_{{ datepart }}

        from steps

    )

    select date_{{ datepart }}

    from periods

    where date_{{ datepart }} <= {{ end_date }}
{%- endmacro %}
