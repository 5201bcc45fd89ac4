-- rebound_rate = rebound_offer_rate × rebound_conversion_rate (8.5); where nothing was offered
-- nothing was accepted.
select
    date_day,
    campaign_id,
    direction,
    team_id,
    agent_id,
    rebound_rate,
    rebound_offer_rate,
    rebound_conversion_rate

from {{ ref('mart_commercial_daily') }}

where
    abs(rebound_rate - rebound_offer_rate * coalesce(rebound_conversion_rate, 0)) > 1e-9
    or (rebound_rate is null) != (rebound_offer_rate is null)
