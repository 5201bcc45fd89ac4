{# A rate is a fraction: 0 to 1, NULL where it has no denominator (G6). -#}
{% test rate_between_0_and_1(model, column_name) %}

select {{ column_name }}

from {{ model }}

where not ({{ column_name }} >= 0 and {{ column_name }} <= 1)

{% endtest %}
