-- Grain: one row per finding on a row of the source workforce.
{{ raw_findings('workforce', [
    'agents', 'agent_assignments', 'teams', 'training_records', 'agent_states', 'timesheets',
]) }}
