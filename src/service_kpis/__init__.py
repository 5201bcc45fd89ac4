"""The customer-service KPI warehouse: synthetic data, loading and small helpers around dbt."""
