-- Grain: one row per agent and stretch of days employed in one team, role and tenure band.
with

spells as (

    select * from {{ ref('int_headcount_spells') }}

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
        termination_type,

        ---------- numerics
        fte,

        ---------- booleans
        is_counted,
        is_external,
        is_hire,
        is_departure,
        is_move_in,
        is_move_out,

        ---------- dates
        from_date,
        to_date,
        employed_from_date,
        employed_to_date

    from spells

)

select * from final
