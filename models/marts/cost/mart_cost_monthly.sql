-- Grain: one row per month, cost centre, team, channel and vendor.
{% set keys = ['month_start_date', 'cost_center_id', 'team_id', 'channel', 'vendor_id'] -%}
with

costs as (

    select * from {{ ref('fct_cost_month') }}

),

tickets as (

    select * from {{ ref('fct_tickets') }}

    where is_valid

),

contacts as (

    select * from {{ ref('fct_contacts') }}

    where is_handled

),

bot_conversations as (

    select * from {{ ref('fct_bot_conversations') }}

),

agent_time as (

    select * from {{ ref('fct_agent_time') }}

    where is_customer_facing

),

departures as (

    select * from {{ ref('fct_agent_departures') }}

),

teams as (

    select * from {{ ref('dim_team') }}

),

months as (

    select
        month_start_date,
        max(day_end_at) as month_end_at,
        cast(extract(year from month_start_date) as integer) * 12
        + cast(extract(month from month_start_date) as integer) as month_number

    from {{ ref('dim_date') }}

    where month_start_date <= {{ as_of_date() }}

    group by month_start_date

),

-- cost and work are all needed: whichever reaches least far
sources as (

    select
        max(case when source_name = 'finance' then data_through_at end) as finance_through_at,
        min(case when source_name != 'finance' then data_through_at end) as work_through_at

    from {{ ref('dim_source') }}

    where source_name in ('finance', 'helpdesk', 'telephony', 'workforce')

),

---------- the work

contact_sums as (

    select
        {{ period_start('month', 'handled_date') }} as month_start_date,
        team_id,
        channel,
        count(*) as handled_contacts,
        {{ exact_sum('handle_seconds') }} as handle_seconds

    from contacts

    group by
        {{ period_start('month', 'handled_date') }},
        team_id,
        channel

),

-- without a ticket: the solve of a ticket counts already (Q151)
bot_sums as (

    select
        {{ period_start('month', 'ended_date') }} as month_start_date,
        channel,
        sum({{ count_if('is_resolved_confirmed or is_resolved_assumed') }}) as bot_resolutions,
        -- silence may still resolve them, which is then restated
        sum({{ count_if('not is_matured and not is_resolved_confirmed') }}) as unmatured_bots

    from bot_conversations

    where
        is_involved
        and ticket_id is null

    group by
        {{ period_start('month', 'ended_date') }},
        channel

),

-- what automation is worth: all that bots resolved, by the month of the start (Q80); with a ticket
-- too, where the customer said that it was the bot
automation_sums as (

    select
        {{ period_start('month', local_date('started_at')) }} as month_start_date,
        channel,
        sum({{ count_if('is_resolved_confirmed or is_resolved_assumed') }})
            as automation_resolutions,
        sum({{ count_if('not is_matured and not is_resolved_confirmed') }}) as unmatured_bots

    from bot_conversations

    where is_involved

    group by
        {{ period_start('month', local_date('started_at')) }},
        channel

),

work as (

    select
        month_start_date,
        team_id,
        channel,
        'handled' as measure,
        handled_contacts as amount,
        handle_seconds

    from contact_sums

    union all

    select
        {{ period_start('month', 'created_date') }} as month_start_date,
        team_id,
        channel,
        'created' as measure,
        count(*) as amount,
        null as handle_seconds

    from tickets

    group by
        {{ period_start('month', 'created_date') }},
        team_id,
        channel

    union all

    -- automated solves are in, in the assignee's team (Q10, Q151)
    select
        {{ period_start('month', 'resolved_date') }} as month_start_date,
        resolved_team_id as team_id,
        channel,
        'solved' as measure,
        count(*) as amount,
        null as handle_seconds

    from tickets

    where resolved_date is not null

    group by
        {{ period_start('month', 'resolved_date') }},
        resolved_team_id,
        channel

    union all

    -- a bot is in no team
    select
        month_start_date,
        'unknown' as team_id,
        channel,
        'bot_resolved' as measure,
        bot_resolutions as amount,
        null as handle_seconds

    from bot_sums

    where bot_resolutions > 0

    union all

    select
        month_start_date,
        'unknown' as team_id,
        channel,
        'bot_unmatured' as measure,
        unmatured_bots as amount,
        null as handle_seconds

    from bot_sums

    where unmatured_bots > 0

    union all

    select
        month_start_date,
        'unknown' as team_id,
        channel,
        'automated' as measure,
        automation_resolutions as amount,
        null as handle_seconds

    from automation_sums

    where automation_resolutions > 0

    union all

    select
        month_start_date,
        'unknown' as team_id,
        channel,
        'bot_unmatured' as measure,
        unmatured_bots as amount,
        null as handle_seconds

    from automation_sums

    where unmatured_bots > 0

    union all

    select
        {{ period_start('month', 'date_day') }} as month_start_date,
        team_id,
        channel,
        'customer_facing' as measure,
        {{ exact_sum('state_seconds') }} as amount,
        null as handle_seconds

    from agent_time

    group by
        {{ period_start('month', 'date_day') }},
        team_id,
        channel

    union all

    -- people leave a team, not a channel
    select
        {{ period_start('month', 'departure_date') }} as month_start_date,
        team_id,
        'shared' as channel,
        'departed' as measure,
        count(*) as amount,
        null as handle_seconds

    from departures

    group by
        {{ period_start('month', 'departure_date') }},
        team_id

),

-- work is paid by the cost centre and the vendor of the team that does it
placed_work as (

    select
        work.month_start_date,
        coalesce(teams.cost_center_id, 'unknown') as cost_center_id,
        coalesce(teams.team_id, 'unknown') as team_id,
        work.channel,
        coalesce(teams.vendor_id, 'unknown') as vendor_id,
        case when work.measure = 'created' then work.amount end as tickets_created,
        case when work.measure = 'solved' then work.amount end as tickets_solved,
        case when work.measure = 'bot_resolved' then work.amount end as bot_resolutions,
        case when work.measure = 'bot_unmatured' then work.amount end as unmatured_bots,
        case when work.measure = 'automated' then work.amount end as automation_resolutions,
        case when work.measure = 'handled' then work.amount end as handled_contacts,
        case when work.measure = 'customer_facing' then work.amount end as customer_facing_seconds,
        case when work.measure = 'departed' then work.amount end as departures_of_month,
        work.handle_seconds

    from work

    left join teams
        on work.team_id = teams.team_id

),

---------- the cost: what is shared goes to the channels by their handle time of the month

channel_months as (

    select
        month_start_date,
        channel,
        {{ exact_sum('handle_seconds') }} as handle_seconds

    from contact_sums

    group by
        month_start_date,
        channel

),

all_channel_months as (

    select
        month_start_date,
        {{ exact_sum('handle_seconds') }} as handle_seconds

    from channel_months

    group by month_start_date

),

allocation_keys as (

    select
        channel_months.month_start_date,
        channel_months.channel,
        {{ safe_ratio('channel_months.handle_seconds', 'all_channel_months.handle_seconds') }}
            as allocation_rate

    from channel_months

    inner join all_channel_months
        on channel_months.month_start_date = all_channel_months.month_start_date

    where channel_months.handle_seconds > 0

),

-- a month in which nothing was measured keeps its shared cost in the member shared
placed_costs as (

    select
        costs.month_start_date,
        costs.cost_center_id,
        costs.team_id,
        coalesce(allocation_keys.channel, costs.channel) as channel,
        costs.vendor_id,
        case when costs.channel != 'shared' then costs.reporting_amount end as direct_cost,
        case
            when costs.channel = 'shared'
                then {{ converted_amount(
                    'costs.reporting_amount', 'coalesce(allocation_keys.allocation_rate, 1)'
                ) }}
        end as allocated_cost,
        case
            when costs.cost_category = 'automation'
                then {{ converted_amount(
                    'costs.reporting_amount', 'coalesce(allocation_keys.allocation_rate, 1)'
                ) }}
        end as automation_cost,
        case when costs.reporting_amount is null then 1 else 0 end as unconverted_costs

    from costs

    left join allocation_keys
        on
            costs.month_start_date = allocation_keys.month_start_date
            and costs.channel = 'shared'

),

people_costs as (

    select
        month_start_date,
        cost_center_id,
        team_id,
        'shared' as channel,
        vendor_id,
        reporting_amount as recruiting_training_cost_of_month,
        case when reporting_amount is null then 1 else 0 end as unconverted_people_costs_of_month

    from costs

    where cost_category in ('recruiting', 'training')

),

monthly as (

    {{ stack_measures(keys, {
        'placed_work': [
            'tickets_created', 'tickets_solved', 'bot_resolutions', 'unmatured_bots',
            'automation_resolutions', 'handled_contacts', 'customer_facing_seconds',
            'handle_seconds', 'departures_of_month',
        ],
        'placed_costs': [
            'direct_cost', 'allocated_cost', 'automation_cost', 'unconverted_costs',
        ],
        'people_costs': [
            'recruiting_training_cost_of_month', 'unconverted_people_costs_of_month',
        ],
    }) }}

),

---------- twelve months: each one counts in itself and in the eleven after it

month_numbers as (

    select
        monthly.*,
        months.month_number

    from monthly

    inner join months
        on monthly.month_start_date = months.month_start_date

),

rolled as (

    select
        months.month_start_date,
        month_numbers.cost_center_id,
        month_numbers.team_id,
        month_numbers.channel,
        month_numbers.vendor_id,
        month_numbers.departures_of_month as departures,
        month_numbers.recruiting_training_cost_of_month as recruiting_training_cost,
        month_numbers.unconverted_people_costs_of_month as unconverted_people_costs

    from month_numbers

    inner join months
        on
            month_numbers.month_number <= months.month_number
            and month_numbers.month_number + 11 >= months.month_number

    where
        month_numbers.departures_of_month is not null
        or month_numbers.unconverted_people_costs_of_month is not null

),

stacked as (

    {{ stack_measures(keys, {
        'monthly': [
            'tickets_created', 'tickets_solved', 'bot_resolutions', 'unmatured_bots',
            'automation_resolutions', 'handled_contacts', 'customer_facing_seconds',
            'handle_seconds', 'departures_of_month',
            'direct_cost', 'allocated_cost', 'automation_cost', 'unconverted_costs',
            'recruiting_training_cost_of_month', 'unconverted_people_costs_of_month',
        ],
        'rolled': ['departures', 'recruiting_training_cost', 'unconverted_people_costs'],
    }) }}

),

summed as (

    select
        month_start_date,
        cost_center_id,
        team_id,
        channel,
        vendor_id,
        {{ total_columns(
            ['tickets_created', 'tickets_solved', 'bot_resolutions', 'unmatured_bots',
             'automation_resolutions', 'handled_contacts', 'departures_of_month', 'departures',
             'unconverted_costs', 'unconverted_people_costs_of_month', 'unconverted_people_costs'],
            ['handle_seconds', 'customer_facing_seconds']
        ) }},
        sum(direct_cost) as direct_cost,
        sum(allocated_cost) as allocated_cost,
        sum(automation_cost) as automation_cost,
        sum(recruiting_training_cost_of_month) as recruiting_training_cost_of_month,
        sum(recruiting_training_cost) as recruiting_training_cost

    from stacked

    group by
        month_start_date,
        cost_center_id,
        team_id,
        channel,
        vendor_id

),

-- what a contact costs where people handle it: of the whole month, for a bot is in no team (Q80)
human_costs as (

    select
        month_start_date,
        case
            when sum(unconverted_costs) = 0
                then
                    coalesce(sum(direct_cost), 0)
                    + coalesce(sum(allocated_cost), 0)
                    - coalesce(sum(automation_cost), 0)
        end as human_cost,
        sum(handled_contacts) as handled_contacts

    from summed

    group by month_start_date

),

-- one cost without exchange rate, and there is no total (Q130)
valued as (

    select
        summed.month_start_date,
        summed.cost_center_id,
        summed.team_id,
        summed.channel,
        summed.vendor_id,
        summed.tickets_created,
        summed.tickets_solved,
        summed.bot_resolutions,
        summed.unmatured_bots,
        summed.automation_resolutions,
        -- nothing resolved saves nothing; what a contact costs may be unknown
        case
            when summed.automation_resolutions = 0 then 0
            else
                summed.automation_resolutions
                * {{ safe_ratio('human_costs.human_cost', 'human_costs.handled_contacts') }}
        end as automation_savings,
        summed.handled_contacts,
        summed.departures_of_month,
        summed.departures,
        summed.unconverted_costs,
        summed.handle_seconds,
        summed.customer_facing_seconds / 3600 as customer_facing_hours,
        case when summed.unconverted_costs = 0 then summed.direct_cost end as direct_cost,
        case when summed.unconverted_costs = 0 then summed.allocated_cost end as allocated_cost,
        case when summed.unconverted_costs = 0 then summed.automation_cost end as automation_cost,
        case
            when
                summed.unconverted_costs = 0
                and (summed.direct_cost is not null or summed.allocated_cost is not null)
                then coalesce(summed.direct_cost, 0) + coalesce(summed.allocated_cost, 0)
        end as total_cost,
        case
            when summed.unconverted_people_costs_of_month = 0
                then summed.recruiting_training_cost_of_month
        end as recruiting_training_cost_of_month,
        case
            when summed.unconverted_people_costs = 0 then summed.recruiting_training_cost
        end as recruiting_training_cost,
        allocation_keys.allocation_rate,
        months.month_end_at,
        case
            when sources.finance_through_at < sources.work_through_at
                then sources.finance_through_at
            -- NULL when the work, or with it the comparison, is missing
            when sources.finance_through_at >= sources.work_through_at
                then sources.work_through_at
        end as source_through_at

    from summed

    -- what is dated after as_of did not happen yet (Q09)
    inner join months
        on summed.month_start_date = months.month_start_date

    inner join human_costs
        on summed.month_start_date = human_costs.month_start_date

    left join allocation_keys
        on
            summed.month_start_date = allocation_keys.month_start_date
            and summed.channel = allocation_keys.channel

    cross join sources

),

final as (

    select
        ---------- ids
        cost_center_id,
        team_id,
        vendor_id,

        ---------- strings
        channel,

        ---------- numerics
        cast(direct_cost as decimal(28, 10)) as direct_cost,
        cast(allocated_cost as decimal(28, 10)) as allocated_cost,
        cast(total_cost as decimal(28, 10)) as total_cost,
        cast(automation_cost as decimal(28, 10)) as automation_cost,
        cast(automation_savings as decimal(28, 10)) as automation_savings,
        unconverted_costs,
        tickets_created,
        tickets_solved,
        bot_resolutions,
        automation_resolutions,
        handled_contacts,
        handle_seconds,
        allocation_rate,
        customer_facing_hours,
        cast(recruiting_training_cost_of_month as decimal(28, 10))
            as recruiting_training_cost_of_month,
        departures_of_month,
        cast(recruiting_training_cost as decimal(28, 10)) as recruiting_training_cost,
        departures,
        cast(total_cost as decimal(18, 4)) as total_service_cost,
        {{ safe_ratio('total_cost', 'tickets_created') }} as cost_per_ticket,
        {{ safe_ratio('total_cost', 'tickets_solved') }} as cost_per_resolution,
        {{ safe_ratio('total_cost', '(tickets_solved + bot_resolutions)') }}
            as cost_per_resolution_incl_bot,
        {{ safe_ratio('total_cost', 'handled_contacts') }} as cost_per_contact,
        {{ safe_ratio('total_cost', 'customer_facing_hours') }} as cost_per_customer_hour,
        {{ safe_ratio('recruiting_training_cost', 'departures') }} as turnover_cost_per_departure,
        {{ safe_ratio(
            '(cast(automation_savings as decimal(28, 10)) - automation_cost)', 'automation_cost'
        ) }} as automation_roi,

        ---------- booleans
        tickets_solved < {{ var('small_sample_n') }} as is_small_sample,
        coalesce(source_through_at < month_end_at, true)
        or {{ as_of() }} < month_end_at
        or unmatured_bots > 0 as is_provisional,

        ---------- dates
        month_start_date,

        ---------- timestamps (UTC)
        least(month_end_at, coalesce(source_through_at, month_end_at)) as data_through_at

    from valued

)

select * from final
