-- Grain: one row per finding on a row of the source quality.
{{ raw_findings('quality', ['qa_reviews', 'qa_review_items', 'root_causes', 'mystery_calls']) }}
