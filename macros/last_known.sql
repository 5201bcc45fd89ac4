{# The latest value that is not NULL up to and including this row of its partition: what carries a
   ticket's owner, team or status forward over events that changed something else. -#}
{% macro last_known(expression, partition_by, order_by) -%}
    {{ return(adapter.dispatch('last_known', 'service_kpis')(expression, partition_by, order_by)) }}
{%- endmacro %}

{% macro default__last_known(expression, partition_by, order_by) -%}
    last_value({{ expression }} ignore nulls) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and current row
    )
{%- endmacro %}

{% macro postgres__last_known(expression, partition_by, order_by) -%}
    (array_agg({{ expression }}) filter (where {{ expression }} is not null) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and current row
    ))[count({{ expression }}) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and current row
    )]
{%- endmacro %}
