-- Grain: one row per finding on a row of the source crm.
{{ raw_findings('crm', ['customers', 'subscriptions', 'orders', 'cancellation_requests']) }}
