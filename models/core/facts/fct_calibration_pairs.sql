-- Grain: one row per analyst's calibration review and reference review of the same interaction.
with

ratings as (

    select * from {{ ref('int_qa_reviews') }}

    where calibrated_unit_id is not null

),

reviews as (

    select * from {{ ref('fct_qa_reviews') }}

    where is_valid

),

paired as (

    select
        analysts.review_id as analyst_review_id,
        masters.review_id as reference_review_id,
        analysts.is_passed as is_analyst_pass,
        masters.is_passed as is_reference_pass,
        analysts.points_obtained as analyst_obtained,
        analysts.points_applicable as analyst_applicable,
        masters.points_obtained as reference_obtained,
        masters.points_applicable as reference_applicable,
        -- multiplied out, 80 % and 70 % are exactly 10 points apart
        analysts.points_obtained * masters.points_applicable
        - masters.points_obtained * analysts.points_applicable as gap_product,
        analysts.points_applicable * masters.points_applicable as applicable_product

    from ratings as analysts

    -- whoever wrote the reference agrees with it
    inner join ratings as masters
        on
            analysts.calibrated_unit_id = masters.calibrated_unit_id
            and analysts.rater_id != masters.rater_id

    where
        analysts.review_kind = 'calibration'
        and masters.review_kind = 'reference'

),

final as (

    select
        ---------- ids
        paired.analyst_review_id,
        paired.reference_review_id,
        reviews.calibration_session_id,
        reviews.reviewer_id,
        reviews.agent_id,
        reviews.team_id,

        ---------- strings
        reviews.form_code,
        reviews.channel,

        ---------- numerics
        {{ safe_ratio('paired.analyst_obtained', 'paired.analyst_applicable') }} as analyst_score,
        {{ safe_ratio('paired.reference_obtained', 'paired.reference_applicable') }}
            as reference_score,
        {{ safe_ratio('paired.gap_product', 'paired.applicable_product') }} as signed_gap,
        {{ safe_ratio('abs(paired.gap_product)', 'paired.applicable_product') }} as abs_gap,

        ---------- booleans
        100 * abs(paired.gap_product)
        <= {{ var('calibration_tolerance_points') }} * paired.applicable_product
            as is_within_tolerance,
        paired.is_analyst_pass and paired.is_reference_pass as is_both_pass,
        not paired.is_analyst_pass and not paired.is_reference_pass as is_both_fail,
        paired.is_analyst_pass and not paired.is_reference_pass as is_only_analyst_pass,
        not paired.is_analyst_pass and paired.is_reference_pass as is_only_reference_pass,

        ---------- dates
        reviews.reviewed_date as calibrated_date

    from paired

    inner join reviews
        on paired.analyst_review_id = reviews.review_id

)

select * from final
