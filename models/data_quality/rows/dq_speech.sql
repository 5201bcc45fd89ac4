-- Grain: one row per finding on a row of the source speech.
{{ raw_findings('speech', ['transcripts', 'transcript_keywords', 'text_sentiments']) }}
