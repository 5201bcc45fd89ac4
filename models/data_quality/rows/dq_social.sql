-- Grain: one row per finding on a row of the source social.
{{ raw_findings('social', ['social_mentions', 'brand_posts']) }}
