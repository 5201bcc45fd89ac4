-- Grain: one row per text with a label by as_of: that of the model that scored it last (Q117).
with

scores as (

    select
        *,
        coalesce(model_version, 'unknown') as known_model_version,
        row_number() over (
            partition by source_type, source_id
            order by scored_at desc nulls last, model_version desc nulls last
        ) as score_rank

    from {{ ref('stg_speech__text_sentiments') }}

    where
        -- a row without a usable label scores nothing
        sentiment_label in ('positive', 'neutral', 'negative')
        and (scored_at <= {{ as_of() }} or scored_at is null)

),

final as (

    select
        ---------- ids
        source_id,

        ---------- strings
        source_type,
        known_model_version as model_version,
        sentiment_label,

        ---------- numerics
        case when score between -1 and 1 then score end as sentiment_score,

        ---------- timestamps (UTC)
        scored_at

    from scores

    where score_rank = 1

)

select * from final
