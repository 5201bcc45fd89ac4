{# The first value that is not NULL in the whole partition: what was so before the first change,
   for every row of it. -#}
{% macro first_known(expression, partition_by, order_by) -%}
    {{ return(adapter.dispatch('first_known', 'service_kpis')(
        expression, partition_by, order_by)) }}
{%- endmacro %}

{% macro default__first_known(expression, partition_by, order_by) -%}
    first_value({{ expression }} ignore nulls) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and unbounded following
    )
{%- endmacro %}

{% macro postgres__first_known(expression, partition_by, order_by) -%}
    (array_agg({{ expression }}) filter (where {{ expression }} is not null) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and unbounded following
    ))[1]
{%- endmacro %}
