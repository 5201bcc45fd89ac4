-- Grain: one row per finding on a row of the source finance.
{{ raw_findings('finance', ['payroll', 'operating_costs', 'fx_rates']) }}
