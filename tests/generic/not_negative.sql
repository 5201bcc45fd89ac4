{# None of the columns is below 0. One test for the many additive columns of a mart, because each
   test is a query of its own. NULL passes. -#}
{% test not_negative(model, columns) %}

select {{ columns | join(', ') }}

from {{ model }}

where
    {% for column in columns -%}
    {{ column }} < 0 {{ 'or' if not loop.last }}
    {% endfor %}

{% endtest %}
