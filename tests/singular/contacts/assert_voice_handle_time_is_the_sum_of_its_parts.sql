-- The handle time of a call is talk + hold + wrap + dial, and known exactly when its parts are;
-- only what was handled has one.
select
    contact_id,
    talk_seconds,
    hold_seconds,
    wrap_seconds,
    dial_seconds,
    handle_seconds

from {{ ref('fct_contacts') }}

where
    (
        media = 'voice'
        and (
            abs(talk_seconds + hold_seconds + wrap_seconds + dial_seconds - handle_seconds)
            > 0.000001
            or (handle_seconds is null) != (talk_seconds is null)
            or (talk_seconds is null) != (hold_seconds is null)
            or (talk_seconds is null) != (wrap_seconds is null)
            or (talk_seconds is null) != (dial_seconds is null)
        )
    )
    or (handle_seconds is not null and not is_handled)
    or (handle_ended_at is null) = is_handled
