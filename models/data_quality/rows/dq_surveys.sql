-- Grain: one row per finding on a row of the source surveys.
{{ raw_findings('surveys', ['survey_invitations', 'survey_responses']) }}
