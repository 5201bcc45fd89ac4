-- Every counted review, item, calibration pair, defect, transcript and mystery call with a date is
-- in each grain of the mart once.
with

grains as (

    select 'week' as period_grain
    union all
    select 'month' as period_grain
    union all
    select 'quarter' as period_grain
    union all
    select 'year' as period_grain

),

reviews as (

    select
        count(*) as review_count,
        coalesce(sum(points_obtained), 0) as points_obtained

    from {{ ref('fct_qa_reviews') }}

    where
        is_counted
        and interaction_date is not null

),

pairs as (

    select count(*) as pair_count

    from {{ ref('fct_calibration_pairs') }}

    where calibrated_date is not null

),

defects as (

    select count(*) as defect_count

    from {{ ref('fct_root_causes') }}

    where
        is_product_process_category
        and defect_date is not null

),

mystery_calls as (

    select count(*) as mystery_call_count

    from {{ ref('fct_mystery_calls') }}

    where is_counted

),

marts as (

    select
        grains.period_grain,
        coalesce(sum(mart.qa_reviews), 0) as review_count,
        coalesce(sum(mart.qa_points_obtained), 0) as points_obtained,
        coalesce(
            sum(
                mart.both_pass + mart.both_fail + mart.only_analyst_pass
                + mart.only_reference_pass
            ),
            0
        ) as pair_count,
        coalesce(sum(mart.defects), 0) as defect_count,
        coalesce(sum(mart.mystery_expected), 0) as mystery_call_count

    from grains

    left join {{ ref('mart_quality_monthly') }} as mart
        on grains.period_grain = mart.period_grain

    group by grains.period_grain

),

final as (

    select
        marts.period_grain,
        reviews.review_count,
        marts.review_count as mart_review_count,
        reviews.points_obtained,
        marts.points_obtained as mart_points_obtained,
        pairs.pair_count,
        marts.pair_count as mart_pair_count,
        defects.defect_count,
        marts.defect_count as mart_defect_count,
        mystery_calls.mystery_call_count,
        marts.mystery_call_count as mart_mystery_call_count

    from marts

    cross join reviews

    cross join pairs

    cross join defects

    cross join mystery_calls

    where
        reviews.review_count != marts.review_count
        or abs(reviews.points_obtained - marts.points_obtained) > 0.001
        or pairs.pair_count != marts.pair_count
        or defects.defect_count != marts.defect_count
        or mystery_calls.mystery_call_count != marts.mystery_call_count

)

select * from final
