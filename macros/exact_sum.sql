{# A sum of seconds that does not depend on the order of the rows: fractions of a second are added
   as decimals, so that an incremental run and a full refresh agree to the last digit. -#}
{% macro exact_sum(seconds) -%}
    cast(sum(cast({{ seconds }} as decimal(18, 6))) as {{ type_double() }})
{%- endmacro %}
