{# The local date that the run has reached: that of the last instant before as_of, so that a run at
   midnight does not open an empty day, month or year. -#}
{% macro as_of_date() -%}
    {{ local_date('(' ~ as_of() ~ " - interval '1' second)") }}
{%- endmacro %}
