{# Open seconds between two instants, each joined to its clock with business_clock_join (same
   calendar): the difference of two positions on the running sum of open time. NULL without a
   clock or an instant, never 0 (T3); a true 0 outside opening hours (E09); an end before its start
   as in duration_seconds (E12). Rounded to the microsecond that instants have. -#}
{% macro business_seconds(start_clock, start_at, end_clock, end_at) -%}
    case
        when {{ start_clock }}.calendar_id is null or {{ end_clock }}.calendar_id is null
            then null
        when {{ elapsed_seconds(start_at, end_at) }} >= 0
            then
                cast(
                    cast(
                        {{ _business_position(end_clock, end_at) }}
                        - {{ _business_position(start_clock, start_at) }} as decimal(18, 6)
                    ) as {{ type_double() }}
                )
        when {{ elapsed_seconds(start_at, end_at) }} >= -{{ var('clock_skew_seconds') }}
            then 0
    end
{%- endmacro %}

{% macro _business_position(clock, instant) -%}
    (
        {{ clock }}.open_seconds_before
        + case
            when {{ clock }}.is_open
                then {{ elapsed_seconds(clock ~ '.from_at', instant) }}
            else 0
        end
    )
{%- endmacro %}
