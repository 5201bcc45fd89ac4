"""The nightly run: load, dbt build, publish; and what is remembered of the last good one."""
