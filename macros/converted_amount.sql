{# An amount in another currency, with ten decimals: rounding comes after the last sum (Q106). NULL
   without a rate, never 1:1 (E29). Decimal × decimal would exceed the digits that engines have. -#}
{% macro converted_amount(amount, exchange_rate) -%}
    cast(cast({{ amount }} as {{ type_double() }}) * {{ exchange_rate }} as decimal(28, 10))
{%- endmacro %}
