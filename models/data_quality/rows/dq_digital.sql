-- Grain: one row per finding on a row of the source digital.
{{ raw_findings('digital', ['self_service_sessions', 'bot_conversations', 'ai_answer_reviews']) }}
