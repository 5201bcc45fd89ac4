{# The only clock: the var `as_of` (UTC unless it carries an offset), else the start of the run.
   Models never read the engine's clock, so that a run can be repeated. -#}
{% macro as_of() -%}
    {%- set instant = var('as_of') or run_started_at.strftime('%Y-%m-%d %H:%M:%S') -%}
    {%- set date_form = '\d{4}-\d{2}-\d{2}' -%}
    {%- set time_form = '[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?' -%}
    {%- set form = '^' ~ date_form ~ '(' ~ time_form ~ ')?$' -%}
    {%- if modules.re.match(form, instant | string) is none -%}
        {%- do exceptions.raise_compiler_error(
            "var as_of: '" ~ instant ~ "' is no instant; write for example '2026-07-01 00:00:00'"
        ) -%}
    {%- endif -%}
    {{ utc_timestamp("cast('" ~ instant ~ "' as timestamp with time zone)") }}
{%- endmacro %}
