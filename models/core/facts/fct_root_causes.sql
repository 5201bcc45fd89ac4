-- Grain: one row per defect, analysed or not: a failed item of a counted review, or a response of a
-- dissatisfied customer.
with

items as (

    select * from {{ ref('fct_qa_items') }}

    where
        is_counted
        and item_result = 'fail'

),

answers as (

    select * from {{ ref('fct_survey_answers') }}

    where
        is_counted
        and audience = 'customer'
        and kpi_code = 'csat_rate'
        and is_dissatisfied

),

analyses as (

    select * from {{ ref('stg_quality__root_causes') }}

    -- what is dated later did not happen yet (Q09)
    where coalesce(analysed_at <= {{ as_of() }}, true)

),

-- one response may dislike several things; it is one defect
ranked_answers as (

    select
        *,
        row_number() over (
            partition by response_id
            order by question_code
        ) as answer_rank

    from answers

),

defects as (

    select
        'qa_item' as source_type,
        review_id || ':' || criterion_code as source_id,
        agent_id,
        team_id,
        reviewer_id,
        form_code,
        channel,
        criterion_category,
        criterion_category in ('product', 'process') as is_product_process_category,
        interaction_date as defect_date

    from items

    union all

    select
        'dsat_response' as source_type,
        response_id as source_id,
        agent_id,
        team_id,
        'none' as reviewer_id,
        'none' as form_code,
        ticket_channel as channel,
        'none' as criterion_category,
        -- customers name no category: the analysis says it
        true as is_product_process_category,
        answered_date as defect_date

    from ranked_answers

    where answer_rank = 1

),

-- one defect, one root cause: that of the latest analysis
ranked_analyses as (

    select
        *,
        row_number() over (
            partition by source_type, source_id
            order by
                case when analysed_at is null then 1 else 0 end asc,
                analysed_at desc,
                rca_id desc
        ) as analysis_rank

    from analyses

    where source_id is not null

),

final as (

    select
        ---------- ids
        defects.source_id,
        ranked_analyses.rca_id,
        defects.agent_id,
        defects.team_id,
        defects.reviewer_id,

        ---------- strings
        defects.source_type,
        defects.form_code,
        defects.channel,
        defects.criterion_category,
        case
            when ranked_analyses.error_domain in ('product', 'process', 'other')
                then ranked_analyses.error_domain
            when ranked_analyses.rca_id is not null then 'unknown'
        end as error_domain,
        case
            when
                ranked_analyses.root_cause in (
                    'training', 'knowledge_base', 'tool', 'policy', 'agent', 'product_defect'
                )
                then ranked_analyses.root_cause
            when ranked_analyses.rca_id is not null then 'unknown'
        end as root_cause,

        ---------- booleans
        defects.is_product_process_category,
        ranked_analyses.rca_id is not null as is_analysed,
        -- category and cause are both product or process (Q124)
        defects.is_product_process_category
        and coalesce(ranked_analyses.error_domain in ('product', 'process'), false)
            as is_counted,
        defects.is_product_process_category
        and coalesce(ranked_analyses.error_domain in ('product', 'process'), false)
        and coalesce(ranked_analyses.root_cause = 'training', false) as is_training_defect,

        ---------- dates
        defects.defect_date

    from defects

    left join ranked_analyses
        on
            defects.source_type = ranked_analyses.source_type
            and defects.source_id = ranked_analyses.source_id
            and ranked_analyses.analysis_rank = 1

)

select * from final
