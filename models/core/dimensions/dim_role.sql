-- Grain: one row per role.
with

roles as (

    select * from {{ ref('kpi_roles') }}

),

assignments as (

    select * from {{ ref('kpi_role_assignments') }}

),

final as (

    select
        ---------- strings
        roles.role as agent_role,
        roles.name_en,
        roles.name_fr,
        roles.basis,

        ---------- numerics
        count(assignments.kpi_code) as kpi_count,
        coalesce(sum(assignments.weight), 0) as total_weight,

        ---------- booleans
        roles.is_contact_centre_role

    from roles

    left join assignments
        on roles.role = assignments.role

    group by
        roles.role,
        roles.name_en,
        roles.name_fr,
        roles.basis,
        roles.is_contact_centre_role

    union all

    select
        'unknown' as agent_role,
        'Unknown' as name_en,
        'Inconnu' as name_fr,
        'unknown' as basis,
        0 as kpi_count,
        0 as total_weight,
        -- only executives are known to be none (Q134)
        true as is_contact_centre_role

)

select * from final
