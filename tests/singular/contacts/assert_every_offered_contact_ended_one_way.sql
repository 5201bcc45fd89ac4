-- An offered contact ended in exactly one way, any other in none; a short abandon is not offered.
select
    contact_id,
    is_offered,
    is_short_abandon

from {{ ref('fct_contacts') }}

where
    case when is_answered then 1 else 0 end
    + case when is_abandoned then 1 else 0 end
    + case when is_callback_request then 1 else 0 end
    + case when is_flow_out then 1 else 0 end
    + case when is_voicemail then 1 else 0 end
    + case when is_missed then 1 else 0 end
    != case when is_offered then 1 else 0 end
    or (is_offered and is_short_abandon)
    or ((is_within_threshold or is_within_alt) and not is_answered)
    or (is_abandoned_within_threshold and not (is_abandoned or is_short_abandon))
