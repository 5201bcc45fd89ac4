{# The local date that the run has reached: that of the last instant before as_of, so that a run at
   midnight does not open an empty day, month or year. -#}
{% macro as_of_date() -%}
    {{ _date_reached(as_of()) }}
{%- endmacro %}

{# The local date that the last complete run had reached; for partial runs. -#}
{% macro previous_as_of_date() -%}
    {{ _date_reached(previous_as_of()) }}
{%- endmacro %}

{% macro _date_reached(instant) -%}
    {{ local_date('(' ~ instant ~ " - interval '1' second)") }}
{%- endmacro %}
