-- Grain: one row per final calibration or reference review.
with

ratings as (

    select * from {{ ref('int_qa_reviews') }}

    where calibrated_unit_id is not null

),

reviews as (

    select * from {{ ref('fct_qa_reviews') }}

    where is_valid

),

-- a rater counts once in a calibration, the author of the reference as such
ranked as (

    select
        review_id,
        calibrated_unit_id,
        is_passed,
        row_number() over (
            partition by calibrated_unit_id, rater_id
            order by
                case when review_kind = 'reference' then 0 else 1 end asc,
                case when reviewed_at is null then 1 else 0 end asc,
                reviewed_at desc,
                review_id desc
        ) as rating_rank,
        -- a calibration is over with its last analyst
        max(case when review_kind = 'calibration' then reviewed_date end) over (
            partition by calibrated_unit_id
        ) as calibrated_date

    from ratings

),

final as (

    select
        ---------- ids
        ranked.review_id,
        ranked.calibrated_unit_id,
        reviews.reviewer_id,
        reviews.team_id,

        ---------- strings
        reviews.review_kind,
        reviews.form_code,
        reviews.channel,
        case when ranked.is_passed then 'pass' else 'fail' end as verdict,

        ---------- booleans
        ranked.rating_rank = 1 as is_counted,

        ---------- dates
        ranked.calibrated_date

    from ranked

    inner join reviews
        on ranked.review_id = reviews.review_id

)

select * from final
