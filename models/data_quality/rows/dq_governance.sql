-- Grain: one row per finding on a row of the source governance.
{{ raw_findings('governance', ['governance_reviews', 'improvement_actions']) }}
