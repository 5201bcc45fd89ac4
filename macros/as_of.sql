{# The only clock: what was given as `as_of` (UTC unless it carries an offset), else the start of
   the run. Models never read the engine's clock, so that a run can be repeated. -#}
{% macro as_of() -%}
    {%- set instant = given_as_of() or run_started_at.strftime('%Y-%m-%d %H:%M:%S') -%}
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

{# The var `as_of`, or else the environment variable: a var of the command line that differs from
   the last run's makes dbt parse the whole project anew, so `service-kpis build` hands it over by
   the other way. For the same reason parsing must not see the variable. None when neither is
   set. -#}
{% macro given_as_of() -%}
    {{ return(var('as_of') or (env_var('SERVICE_KPIS_AS_OF', '') if execute) or none) }}
{%- endmacro %}
