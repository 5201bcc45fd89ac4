-- Grain: one row per improvement or innovation action opened by as_of.
with

actions as (

    select * from {{ ref('stg_governance__improvement_actions') }}

    where coalesce(opened_on <= {{ as_of_date() }}, true)

),

agents as (

    select distinct agent_id from {{ ref('dim_agent') }}

),

-- closed later than as_of is open (Q09)
dated as (

    select
        *,
        case when closed_on <= {{ as_of_date() }} then closed_on end as closed_date,
        {{ utc_from_local(add_days('due_on', 1)) }} <= {{ as_of() }} as is_due_day_over

    from actions

),

-- an action is due once its day is over, or on that day when it has been closed
judged as (

    select
        *,
        coalesce(
            due_on <= {{ as_of_date() }} and (is_due_day_over or closed_date is not null), false
        ) as is_due

    from dated

),

final as (

    select
        ---------- ids
        judged.action_id,
        judged.governance_review_id,
        coalesce(agents.agent_id, 'unknown') as owner_agent_id,

        ---------- strings
        coalesce(judged.kpi_code, 'unknown') as kpi_code,
        case
            when judged.action_kind in ('corrective', 'continuous_improvement', 'innovation')
                then judged.action_kind
            else 'unknown'
        end as action_kind,

        ---------- numerics
        judged.expected_gain,
        {{ count_if('judged.opened_on is not null') }} as actions_opened,
        {{ count_if('judged.is_due') }} as actions_due,
        {{ count_if('judged.is_due and judged.closed_date is not null') }} as actions_closed,
        {{ count_if('judged.is_due and judged.closed_date <= judged.due_on') }}
            as actions_on_time,
        {{ count_if('judged.due_on is null') }} as actions_without_due_date,

        ---------- dates
        judged.opened_on as opened_date,
        judged.due_on as due_date,
        judged.closed_date

    from judged

    left join agents
        on judged.owner_agent_id = agents.agent_id

)

select * from final
