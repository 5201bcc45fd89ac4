{# The additive columns of the workforce planning marts, once for every grain: {kind: [columns]}.
   Counts are whole, amounts are decimals, sums of quotients are doubles. -#}
{% macro workforce_planning_measures() -%}
    {{ return({
        'counts': [
            'actual_contacts',
            'intervals',
            'intervals_actual_gt0',
            'zero_actual_intervals',
            'intervals_within_tol',
            'planned_intervals',
            'required_intervals',
            'understaffed_intervals',
        ],
        'amounts': [
            'forecast_contacts',
            'abs_error',
            'planned_contacts',
            'actual_staff_hours',
            'required_staff_hours',
            'scheduled_staff_hours',
            'scheduled_required_staff_hours',
            'planned_hours',
        ],
        'quotients': [
            'ape_sum',
            'forecast_workload_hours',
            'required_agent_hours',
            'required_fte_hours',
        ],
    }) }}
{%- endmacro %}
