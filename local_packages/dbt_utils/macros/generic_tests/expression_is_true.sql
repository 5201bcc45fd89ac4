{#
  Fails for each row where the expression is false; a null result passes. On a column the
  expression follows the column's name, as in `>= 0`.
#}
{% test expression_is_true(model, expression, column_name=none) %}
    {{ return(adapter.dispatch('test_expression_is_true', 'dbt_utils')(
        model, expression, column_name
    )) }}
{% endtest %}

{% macro default__test_expression_is_true(model, expression, column_name=none) %}
    select {{ '*' if should_store_failures() else '1 as failed_row' }}

    from {{ model }}

    where not ({{ column_name ~ ' ' if column_name is not none }}{{ expression }})
{% endmacro %}
