-- Grain: one row per month and queue.
-- A view: the month is a sum of days, and nothing is defined twice.
{{ config(materialized='view') }}

{{ workforce_planning_roll_up('month') }}
