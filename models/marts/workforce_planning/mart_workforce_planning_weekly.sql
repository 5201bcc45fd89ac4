-- Grain: one row per week and queue.
-- A view: the week is a sum of days, and nothing is defined twice.
{{ config(materialized='view') }}

{{ workforce_planning_roll_up('week') }}
