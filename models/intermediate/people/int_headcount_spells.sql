-- Grain: one row per agent and stretch of days employed in one team, role and tenure band.
-- Of a person with several spells the one that lasts longest stands for a day, so that nobody
-- counts twice; a rehire within rehire_gap_days bridges the days between (E27). Stretches of a
-- person follow each other day by day until the person leaves.

with

hr_agents as (

    select * from {{ ref('stg_workforce__agents') }}

    where agent_id != 'unknown'

),

versions as (

    select * from {{ ref('dim_agent') }}

),

tenure_bands as (

    select
        '1_under_3_months' as tenure_band,
        0 as from_day,
        89 as to_day

    union all

    select
        '2_3_to_12_months' as tenure_band,
        90 as from_day,
        364 as to_day

    union all

    select
        '3_1_to_3_years' as tenure_band,
        365 as from_day,
        1094 as to_day

    union all

    select
        '4_over_3_years' as tenure_band,
        1095 as from_day,
        999999 as to_day

),

first_assignments as (

    select
        agent_id,
        min(valid_from) as first_assigned_date

    from {{ ref('stg_workforce__agent_assignments') }}

    group by agent_id

),

-- Without a first day, the first assignment; whoever left was there on the last day at least. A
-- last day after as_of has not come yet.
spells as (

    select
        hr_agents.agent_id,
        coalesce(hr_agents.person_id, hr_agents.agent_id) as person_id,
        coalesce(hr_agents.worker_type, 'unknown') as worker_type,
        -- staff of outsourcers and agencies are no heads of ours (Q131)
        coalesce(hr_agents.worker_type, 'unknown') in ('vendor', 'agency') as is_external,
        case when hr_agents.termination_date <= {{ as_of_date() }}
                then coalesce(hr_agents.termination_type, 'unknown')
        end as termination_type,
        least(
            coalesce(
                hr_agents.hire_date,
                first_assignments.first_assigned_date,
                hr_agents.termination_date
            ),
            coalesce(hr_agents.termination_date, cast('9999-12-31' as date))
        ) as start_date,
        case
            when hr_agents.termination_date <= {{ as_of_date() }} then hr_agents.termination_date
            else cast('9999-12-31' as date)
        end as end_date

    from hr_agents

    left join first_assignments
        on hr_agents.agent_id = first_assignments.agent_id

    where
        hr_agents.hire_date is not null
        or first_assignments.first_assigned_date is not null
        or hr_agents.termination_date is not null

),

-- of spells that start on one day, the one that ends first, then the lower agent_id
followed as (

    select
        *,
        max(end_date) over (
            partition by person_id, is_external
            order by start_date, end_date, agent_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until

    from spells

    where start_date <= {{ as_of_date() }}

),

numbered as (

    select
        *,
        sum(
            case
                when
                    covered_until is null
                    or start_date > {{ add_days('covered_until', var('rehire_gap_days')) }}
                    then 1
                else 0
            end
        ) over (
            partition by person_id, is_external
            order by start_date, end_date, agent_id
            rows between unbounded preceding and current row
        ) as employment_number

    from followed

),

employments as (

    select
        person_id,
        is_external,
        employment_number,
        min(start_date) as employed_from_date,
        max(end_date) as employed_to_date

    from numbered

    group by
        person_id,
        is_external,
        employment_number

),

cuts as (

    select
        person_id,
        is_external,
        employment_number,
        start_date as cut_date

    from numbered

    union distinct

    select
        person_id,
        is_external,
        employment_number,
        {{ add_days('end_date', 1) }} as cut_date

    from numbered

    where end_date < cast('9999-12-31' as date)

),

-- whoever started before and lasts longest; in a bridged gap that is the spell that ended
candidates as (

    select
        cuts.person_id,
        cuts.is_external,
        cuts.employment_number,
        cuts.cut_date,
        numbered.agent_id,
        numbered.worker_type,
        numbered.termination_type,
        numbered.end_date,
        row_number() over (
            partition by
                cuts.person_id,
                cuts.is_external,
                cuts.employment_number,
                cuts.cut_date
            order by numbered.end_date desc, numbered.agent_id desc
        ) as priority

    from cuts

    inner join numbered
        on
            cuts.person_id = numbered.person_id
            and cuts.is_external = numbered.is_external
            and cuts.employment_number = numbered.employment_number
            and cuts.cut_date >= numbered.start_date

),

segments as (

    select
        candidates.*,
        employments.employed_from_date,
        employments.employed_to_date,
        lead(candidates.cut_date) over (
            partition by
                candidates.person_id,
                candidates.is_external,
                candidates.employment_number
            order by candidates.cut_date
        ) as next_cut_date

    from candidates

    inner join employments
        on
            candidates.person_id = employments.person_id
            and candidates.is_external = employments.is_external
            and candidates.employment_number = employments.employment_number

    where candidates.priority = 1

),

dated as (

    select
        *,
        cut_date as segment_from_date,
        least(
            coalesce({{ add_days('next_cut_date', -1) }}, employed_to_date),
            employed_to_date,
            {{ as_of_date() }}
        ) as segment_to_date,
        -- team and role of a bridged gap are those of the last day before it (Q146)
        cut_date > end_date as is_gap

    from segments

    where cut_date <= employed_to_date

),

placed as (

    select
        dated.*,
        coalesce(versions.team_id, 'unknown') as team_id,
        coalesce(versions.vendor_id, 'unknown') as vendor_id,
        coalesce(versions.agent_role, 'unknown') as agent_role,
        coalesce(versions.site, 'unknown') as site,
        versions.fte,
        case
            when dated.is_gap then dated.segment_from_date
            else greatest(dated.segment_from_date, versions.valid_from_date)
        end as placed_from_date,
        case
            when dated.is_gap then dated.segment_to_date
            else least(dated.segment_to_date, {{ add_days('versions.valid_to_date', -1) }})
        end as placed_to_date

    from dated

    inner join versions
        on
            dated.agent_id = versions.agent_id
            and (
                (
                    dated.is_gap
                    and dated.end_date >= versions.valid_from_date
                    and dated.end_date < versions.valid_to_date
                )
                or (
                    not dated.is_gap
                    and dated.segment_to_date >= versions.valid_from_date
                    and dated.segment_from_date < versions.valid_to_date
                )
            )

    where dated.segment_from_date <= dated.segment_to_date

),

banded as (

    select
        placed.*,
        tenure_bands.tenure_band,
        -- contact-centre roles are all but executive (Q134)
        not placed.is_external and placed.agent_role != 'executive' as is_counted,
        greatest(
            placed.placed_from_date,
            {{ add_days('placed.employed_from_date', 'tenure_bands.from_day') }}
        ) as from_date,
        least(
            placed.placed_to_date,
            {{ add_days('placed.employed_from_date', 'tenure_bands.to_day') }}
        ) as to_date

    from placed

    inner join tenure_bands
        on
            placed.placed_to_date
            >= {{ add_days('placed.employed_from_date', 'tenure_bands.from_day') }}
            and placed.placed_from_date
            <= {{ add_days('placed.employed_from_date', 'tenure_bands.to_day') }}

),

neighboured as (

    select
        *,
        lag(team_id) over employment as previous_team_id,
        lag(is_counted) over employment as was_counted,
        lead(team_id) over employment as next_team_id,
        lead(is_counted) over employment as stays_counted

    from banded

    window
        employment as (
            partition by person_id, is_external, employment_number
            order by from_date
        )

),

final as (

    select
        ---------- ids
        agent_id,
        person_id,
        team_id,
        vendor_id,

        ---------- strings
        agent_role,
        site,
        worker_type,
        tenure_band,
        case when to_date = employed_to_date then termination_type end as termination_type,

        ---------- numerics
        fte,

        ---------- booleans
        is_counted,
        is_external,
        from_date = employed_from_date as is_hire,
        to_date = employed_to_date as is_departure,
        -- into the heads that count, or from another team of theirs
        coalesce(
            is_counted and from_date > employed_from_date
            and (not was_counted or previous_team_id != team_id),
            false
        ) as is_move_in,
        coalesce(
            is_counted and to_date < employed_to_date
            and (not stays_counted or next_team_id != team_id),
            false
        ) as is_move_out,

        ---------- dates
        from_date,
        to_date,
        employed_from_date,
        employed_to_date

    from neighboured

)

select * from final
