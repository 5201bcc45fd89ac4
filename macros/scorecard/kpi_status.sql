{# Whether a value meets its target: met, warning, missed; no_data without value, which is never
   missed (E42); no_target without target. Bounds make a band; a KPI that shall be close to 0 and
   has an upper bound alone is met up to it on either side (Q143). A neutral KPI has no better, so
   only a band says something about it. Reads the columns kpi_value, direction, target_value,
   warning_value, lower_bound, upper_bound. -#}
{% macro kpi_status() -%}
case
            when kpi_value is null then 'no_data'
            when lower_bound is not null or upper_bound is not null
                then
                    case
                        when
                            direction = 'zero'
                            and lower_bound is null
                            and abs(kpi_value) > upper_bound
                            then 'missed'
                        when kpi_value < lower_bound then 'missed'
                        when kpi_value > upper_bound then 'missed'
                        else 'met'
                    end
            when target_value is null or direction not in ('higher', 'lower')
                then 'no_target'
            when {{ _reaches('target_value') }} then 'met'
            when {{ _reaches('warning_value') }} then 'warning'
            else 'missed'
        end
{%- endmacro %}

{% macro _reaches(limit) -%}
case direction
                when 'higher' then kpi_value >= {{ limit }}
                else kpi_value <= {{ limit }}
            end
{%- endmacro %}

{# How far a value reaches its target, 1 when it is met, before it is capped (Q144): value ÷ target
   where higher is better, target ÷ value where lower is, points with 100 added to both; in a band
   1, outside 0. NULL without target or value, and where a side is 0 or the signs differ. -#}
{% macro kpi_attainment() -%}
case
            when kpi_status in ('no_data', 'no_target') then null
            when lower_bound is not null or upper_bound is not null
                then {{ count_if("kpi_status = 'met'") }}
            when unit = 'points' and direction = 'higher'
                then {{ safe_ratio('(kpi_value + 100)', '(target_value + 100)') }}
            when unit = 'points'
                then {{ safe_ratio('(target_value + 100)', '(kpi_value + 100)') }}
            when kpi_value * target_value < 0 then null
            when direction = 'higher'
                then {{ safe_ratio('kpi_value', 'target_value') }}
            else {{ safe_ratio('target_value', 'kpi_value') }}
        end
{%- endmacro %}
