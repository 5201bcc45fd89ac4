-- Grain: one row per month, agent and channel that the agent's team serves at its end.
with

spells as (

    select * from {{ ref('int_headcount_spells') }}

    where agent_role != 'executive'

),

people as (

    select distinct
        agent_id,
        person_id

    from {{ ref('dim_agent') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

    where queue_id != 'unknown'

),

channels as (

    select * from {{ ref('dim_channel') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

trainings as (

    select
        agent_id,
        channel,
        skill_type,
        valid_until,
        {{ local_date('completed_at') }} as completed_date

    from {{ ref('stg_workforce__training_records') }}

    -- a result that nobody delivered is no pass (Q157)
    where
        is_passed
        and completed_at <= {{ as_of() }}

),

-- the month that as_of is in ends there for now (Q103)
months as (

    select
        month_start_date,
        least(max(date_day), {{ as_of_date() }}) as stock_date

    from dates

    where date_day <= {{ as_of_date() }}

    group by month_start_date

),

team_channels as (

    select distinct
        team_id,
        media as channel

    from queues

    where
        team_id != 'unknown'
        and media is not null

),

pairs as (

    select
        months.month_start_date,
        months.stock_date,
        team_channels.channel,
        spells.*

    from spells

    inner join months
        on
            spells.from_date <= months.stock_date
            and spells.to_date >= months.stock_date

    inner join team_channels
        on spells.team_id = team_channels.team_id

),

-- what a person learned in an earlier employment is not forgotten; a course without a channel
-- counts for all of them
certificates as (

    select
        coalesce(people.person_id, trainings.agent_id) as person_id,
        case when channels.channel_group = 'voice' then 'voice' else trainings.channel end
            as channel,
        trainings.skill_type,
        trainings.completed_date,
        trainings.valid_until

    from trainings

    left join people
        on trainings.agent_id = people.agent_id

    left join channels
        on trainings.channel = channels.channel

),

valid as (

    select
        pairs.month_start_date,
        pairs.agent_id,
        pairs.channel,
        max({{ count_if("certificates.skill_type = 'technical'") }}) as technical,
        max({{ count_if("certificates.skill_type = 'soft'") }}) as soft

    from pairs

    inner join certificates
        on
            pairs.person_id = certificates.person_id
            and pairs.channel = coalesce(certificates.channel, pairs.channel)
            and pairs.stock_date >= certificates.completed_date
            and pairs.stock_date <= coalesce(certificates.valid_until, pairs.stock_date)

    group by
        pairs.month_start_date,
        pairs.agent_id,
        pairs.channel

),

final as (

    select
        ---------- ids
        pairs.agent_id,
        pairs.team_id,
        pairs.vendor_id,

        ---------- strings
        pairs.channel,
        pairs.agent_role,
        pairs.site,
        pairs.worker_type,
        pairs.tenure_band,

        ---------- booleans
        valid.agent_id is not null as is_certified,
        coalesce(valid.technical = 1, false) as is_certified_technical,
        coalesce(valid.soft = 1, false) as is_certified_soft,

        ---------- dates
        pairs.month_start_date,
        pairs.stock_date

    from pairs

    left join valid
        on
            pairs.month_start_date = valid.month_start_date
            and pairs.agent_id = valid.agent_id
            and pairs.channel = valid.channel

)

select * from final
