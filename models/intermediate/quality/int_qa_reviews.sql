-- Grain: one row per quality review of an interaction, both dated by as_of.
with

delivered as (

    select
        *,
        -- points above what could be had, or of nothing, are no score
        points_applicable > 0 and points_obtained between 0 and points_applicable as is_scored,
        -- a review of a whole ticket names no interaction
        coalesce(interaction_type || ':' || interaction_id, 'ticket:' || ticket_id)
            as rated_interaction

    from {{ ref('stg_quality__qa_reviews') }}

    -- what is dated later did not happen yet (Q09)
    where
        coalesce(interaction_at <= {{ as_of() }}, true)
        and coalesce(reviewed_at <= {{ as_of() }}, true)

),

agents as (

    select * from {{ ref('dim_agent') }}

),

-- A correction replaces the review before it, and what that one corrected; by doubling, so that
-- chains of 64 corrections need no recursion, which Spark lacks.
corrections_0 as (

    select
        review_id,
        supersedes_review_id as superseded_review_id

    from delivered

    where supersedes_review_id != review_id

),

{% for round in range(1, 7) -%}
    corrections_{{ round }} as (

        select
            review_id,
            superseded_review_id

        from corrections_{{ round - 1 }}

        union distinct

        select
            later.review_id,
            earlier.superseded_review_id

        from corrections_{{ round - 1 }} as later

        inner join corrections_{{ round - 1 }} as earlier
            on later.superseded_review_id = earlier.review_id

    ),

{% endfor -%}
superseded as (

    select distinct corrections_6.superseded_review_id as review_id

    from corrections_6

    -- a draft does not count yet, a voided correction no more (Q120)
    inner join delivered
        on corrections_6.review_id = delivered.review_id

    -- reviews that correct each other in a circle both stay
    left join corrections_6 as reversed_corrections
        on
            corrections_6.review_id = reversed_corrections.superseded_review_id
            and corrections_6.superseded_review_id = reversed_corrections.review_id

    where
        delivered.review_status in ('final', 'disputed')
        and reversed_corrections.review_id is null

),

final as (

    select
        ---------- ids
        delivered.review_id,
        delivered.interaction_id,
        delivered.ticket_id,
        coalesce(agents.agent_id, 'unknown') as agent_id,
        coalesce(agents.team_id, 'unknown') as team_id,
        delivered.reviewer_id,
        -- who cannot be told from others is somebody else
        coalesce(delivered.reviewer_id, 'review:' || delivered.review_id) as rater_id,
        delivered.calibration_session_id,
        -- what is rated together; without sessions, all reviews of an interaction (Q123)
        case
            when
                delivered.review_kind in ('calibration', 'reference')
                and delivered.review_status = 'final'
                and superseded.review_id is null
                then
                    coalesce(delivered.calibration_session_id, '') || '|'
                    || delivered.rated_interaction || '|' || coalesce(delivered.form_code, '')
        end as calibrated_unit_id,

        ---------- strings
        coalesce(delivered.interaction_type, 'unknown') as interaction_type,
        coalesce(agents.agent_role, 'unknown') as agent_role,
        coalesce(delivered.form_code, 'unknown') as form_code,
        case
            when delivered.review_kind in ('standard', 'calibration', 'reference')
                then delivered.review_kind
            else 'unknown'
        end as review_kind,
        case
            when delivered.review_status in ('draft', 'final', 'disputed', 'voided')
                then delivered.review_status
            else 'unknown'
        end as review_status,

        ---------- numerics
        case when delivered.is_scored then delivered.points_obtained end as points_obtained,
        case when delivered.is_scored then delivered.points_applicable end as points_applicable,

        ---------- booleans
        -- no verdict is not passed (Q157), no critical error was found (Q08)
        coalesce(delivered.is_passed, false) as is_passed,
        coalesce(delivered.has_critical_error, false) as has_critical_error,
        superseded.review_id is null as is_latest,

        ---------- dates
        {{ local_date('delivered.interaction_at') }} as interaction_date,
        {{ local_date('delivered.reviewed_at') }} as reviewed_date,

        ---------- timestamps (UTC)
        delivered.interaction_at,
        delivered.reviewed_at

    from delivered

    left join superseded
        on delivered.review_id = superseded.review_id

    left join agents
        on
            delivered.agent_id = agents.agent_id
            and {{ local_date('delivered.interaction_at') }} >= agents.valid_from_date
            and {{ local_date('delivered.interaction_at') }} < agents.valid_to_date

)

select * from final
