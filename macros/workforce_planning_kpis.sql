{# The KPIs of the workforce planning marts: {KPI code: [numerator, denominator]}. A roll-up has
   more of them: errors netted within each day, mean positions and full-time equivalents. -#}
{% macro workforce_planning_kpis(is_roll_up=false) -%}
    {%- set kpis = {
        'forecast_accuracy_rate': ['(actual_contacts - abs_error)', 'actual_contacts'],
        'forecast_wape': ['abs_error', 'actual_contacts'],
        'forecast_deviation_rate':
            ['abs(forecast_contacts - actual_contacts)', 'actual_contacts'],
        'forecast_deviation_on_forecast_rate':
            ['abs(forecast_contacts - actual_contacts)', 'forecast_contacts'],
        'forecast_bias_rate': ['(forecast_contacts - actual_contacts)', 'actual_contacts'],
        'forecast_mape': ['ape_sum', 'intervals_actual_gt0'],
        'forecast_within_tolerance_rate': ['intervals_within_tol', 'intervals'],
        'staffing_rate': ['actual_staff_hours', 'required_staff_hours'],
        'scheduled_staffing_rate': ['scheduled_staff_hours', 'scheduled_required_staff_hours'],
        'understaffed_interval_rate': ['understaffed_intervals', 'required_intervals'],
    } -%}
    {%- if is_roll_up -%}
        {%- do kpis.update({
            'forecast_accuracy_daily_rate':
                ['(actual_contacts - abs_error_daily)', 'actual_contacts'],
            'forecast_wape_daily': ['abs_error_daily', 'actual_contacts'],
            'required_agents_erlang_c': ['required_agent_hours', 'planned_hours'],
            'required_fte': ['required_fte_hours', 'full_time_hours'],
        }) -%}
    {%- endif -%}
    {{ return(kpis) }}
{%- endmacro %}
