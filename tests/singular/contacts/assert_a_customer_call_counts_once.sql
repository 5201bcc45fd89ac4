-- A customer call has one first leg and counts as a contact once, when any of its legs was offered.
select
    initial_contact_id,
    count(case when is_first_leg then contact_id end) as first_legs,
    count(case when is_contact then contact_id end) as contacts

from {{ ref('fct_contacts') }}

group by initial_contact_id

having
    count(case when is_first_leg then contact_id end) != 1
    or count(case when is_contact then contact_id end)
    != max(case when is_offered or contact_type = 'turn' then 1 else 0 end)
