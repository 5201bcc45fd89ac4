-- Grain: one row per finding on a row of the source telephony.
{{ raw_findings('telephony', ['calls']) }}
