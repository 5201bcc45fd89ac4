-- Grain: one row per queue and interval with a forecast in force or a schedule.
with

staffing as (

    select * from {{ ref('fct_staffing_intervals') }}

),

forecasts as (

    select * from {{ ref('fct_forecast_intervals') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

sources as (

    select * from {{ ref('dim_source') }}

),

-- every interval with a forecast is one of fct_staffing_intervals too
joined as (

    select
        staffing.*,
        teams.site,
        teams.vendor_id,
        staffing.required_agents_erlang_c as required_agents,
        coalesce(forecasts.forecast_version, 'none') as forecast_version,
        forecasts.forecast_contacts as planned_contacts,
        forecasts.ape,
        coalesce(forecasts.is_evaluated, false) as is_evaluated,
        coalesce(forecasts.is_within_tolerance, false) as is_within_tolerance,
        case when forecasts.is_evaluated then forecasts.forecast_contacts end
            as forecast_contacts,
        case when forecasts.is_evaluated then forecasts.actual_contacts end as actual_contacts,
        forecasts.abs_error,
        sources.data_through_at as source_through_at

    from staffing

    left join forecasts
        on
            staffing.queue_id = forecasts.queue_id
            and staffing.interval_start_at = forecasts.interval_start_at

    left join teams
        on staffing.team_id = teams.team_id

    left join sources
        on case when staffing.media = 'voice' then 'telephony' else 'helpdesk' end
            = sources.source_name

),

measured as (

    select
        queue_id,
        team_id,
        coalesce(vendor_id, 'unknown') as vendor_id,
        forecast_version,
        media,
        coalesce(site, 'unknown') as site,
        interval_minutes,
        coalesce(actual_contacts, 0) as actual_contacts,
        {{ count_if('is_evaluated') }} as intervals,
        {{ count_if('is_evaluated and actual_contacts > 0') }} as intervals_actual_gt0,
        {{ count_if('is_evaluated and actual_contacts = 0') }} as zero_actual_intervals,
        {{ count_if('is_evaluated and is_within_tolerance') }} as intervals_within_tol,
        {{ count_if('planned_contacts is not null') }} as planned_intervals,
        {{ count_if('is_required') }} as required_intervals,
        {{ count_if('is_understaffed') }} as understaffed_intervals,
        coalesce(forecast_contacts, 0) as forecast_contacts,
        coalesce(abs_error, 0) as abs_error,
        coalesce(planned_contacts, 0) as planned_contacts,
        coalesce(actual_staff_hours, 0) as actual_staff_hours,
        coalesce(required_staff_hours, 0) as required_staff_hours,
        coalesce(scheduled_staff_hours, 0) as scheduled_staff_hours,
        coalesce(scheduled_required_staff_hours, 0) as scheduled_required_staff_hours,
        case when required_agents is null then 0 else interval_minutes / 60.0 end
            as planned_hours,
        coalesce(ape, 0) as ape_sum,
        -- of the forecast; what came took workload_hours (mart_productivity_daily)
        coalesce(workload_erlangs * interval_minutes / 60.0, 0) as forecast_workload_hours,
        coalesce(required_agents * interval_minutes / 60.0, 0) as required_agent_hours,
        coalesce(required_fte * interval_minutes / 60.0, 0) as required_fte_hours,
        required_agents,
        required_fte,
        expected_service_level_rate,
        date_day,
        interval_start_at,
        interval_end_at,
        source_through_at

    from joined

),

final as (

    select
        ---------- ids
        queue_id,
        team_id,
        vendor_id,

        ---------- strings
        forecast_version,
        media,
        site,

        ---------- numerics
        interval_minutes,
        {%- for measure in workforce_planning_measures().counts %}
            cast({{ measure }} as {{ dbt.type_bigint() }}) as {{ measure }},
        {%- endfor %}
        {%- for measure in workforce_planning_measures().amounts %}
            cast({{ measure }} as decimal(24, 6)) as {{ measure }},
        {%- endfor %}
        {%- for measure in workforce_planning_measures().quotients %}
            cast({{ measure }} as {{ type_double() }}) as {{ measure }},
        {%- endfor %}
        required_agents,
        {%- for kpi_code, parts in workforce_planning_kpis().items() %}
            {{ safe_ratio(parts[0], parts[1]) }} as {{ kpi_code }},
        {%- endfor %}
        required_agents as required_agents_erlang_c,
        required_fte,
        -- people come whole: what a schedule of this interval has to hold
        cast(ceil(required_fte - 0.000000001) as {{ dbt.type_bigint() }}) as required_fte_ceiling,
        expected_service_level_rate,

        ---------- booleans
        actual_contacts < {{ var('small_sample_n') }} as is_small_sample,
        coalesce(source_through_at < interval_end_at, true) as is_provisional,

        ---------- dates
        date_day,

        ---------- timestamps (UTC)
        interval_start_at,
        least(interval_end_at, coalesce(source_through_at, interval_end_at)) as data_through_at

    from measured

)

select * from final
