{# The latest value that is not NULL in the rows before this one of its partition: the state that an
   event found. With coalesce(own value, this) one window gives the state before and after. -#}
{% macro last_known_before(expression, partition_by, order_by) -%}
    {{ return(adapter.dispatch('last_known_before', 'service_kpis')(
        expression, partition_by, order_by)) }}
{%- endmacro %}

{% macro default__last_known_before(expression, partition_by, order_by) -%}
    last_value({{ expression }} ignore nulls) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and 1 preceding
    )
{%- endmacro %}

{% macro postgres__last_known_before(expression, partition_by, order_by) -%}
    (array_agg({{ expression }}) filter (where {{ expression }} is not null) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and 1 preceding
    ))[count({{ expression }}) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and 1 preceding
    )]
{%- endmacro %}
