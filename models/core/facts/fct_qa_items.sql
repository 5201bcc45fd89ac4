-- Grain: one row per review and criterion, of the reviews in fct_qa_reviews.
with

items as (

    select * from {{ ref('stg_quality__qa_review_items') }}

),

reviews as (

    select * from {{ ref('fct_qa_reviews') }}

),

final as (

    select
        ---------- ids
        items.review_id,
        reviews.agent_id,
        reviews.team_id,
        reviews.reviewer_id,

        ---------- strings
        items.criterion_code,
        reviews.form_code,
        reviews.channel,
        case
            when items.category in ('product', 'process', 'script', 'soft_skill', 'compliance')
                then items.category
            else 'unknown'
        end as criterion_category,
        case when items.result in ('pass', 'fail', 'na') then items.result else 'unknown' end
            as item_result,

        ---------- numerics
        items.weight,

        ---------- booleans
        coalesce(items.is_critical, false) as is_critical,
        coalesce(items.result in ('pass', 'fail'), false) as is_applicable,
        reviews.is_counted,

        ---------- dates
        reviews.interaction_date

    from items

    inner join reviews
        on items.review_id = reviews.review_id

)

select * from final
