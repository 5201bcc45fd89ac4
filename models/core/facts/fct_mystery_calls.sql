-- Grain: one row per mystery call placed by as_of.
with

calls as (

    select
        *,
        {{ local_date('call_at') }} as call_date

    from {{ ref('stg_quality__mystery_calls') }}

    where call_at <= {{ as_of() }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

judged as (

    select
        calls.mystery_call_id,
        calls.scenario_code,
        calls.call_at,
        calls.call_date,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(agents.team_id, 'unknown') as team_id,
        -- only what is said to be invalid is (Q08)
        coalesce(calls.is_valid, true) as is_valid,
        case
            when calls.channels_promoted_count >= 0 then calls.channels_promoted_count
        end as channels_promoted_count,
        case
            when calls.promotion_quality_score between 0 and 1 then calls.promotion_quality_score
        end as promotion_quality_score,
        case when calls.overall_score between 0 and 1 then calls.overall_score end as overall_score,
        coalesce(calls.promotion_expected, false) as is_promotion_expected

    from calls

    left join agents
        on
            calls.agent_id = agents.agent_id
            and calls.call_date >= agents.valid_from_date
            and calls.call_date < agents.valid_to_date

),

final as (

    select
        ---------- ids
        mystery_call_id,
        agent_id,
        team_id,

        ---------- strings
        coalesce(scenario_code, 'unknown') as scenario_code,

        ---------- numerics
        channels_promoted_count,
        promotion_quality_score,
        overall_score,

        ---------- booleans
        is_valid,
        is_promotion_expected,
        -- how many channels were named is unknown: neither promoted nor not (E42)
        is_valid and is_promotion_expected and channels_promoted_count is not null as is_counted,
        is_valid
        and is_promotion_expected
        and coalesce(channels_promoted_count >= 1, false) as is_promoted,

        ---------- dates
        call_date,

        ---------- timestamps (UTC)
        call_at

    from judged

)

select * from final
