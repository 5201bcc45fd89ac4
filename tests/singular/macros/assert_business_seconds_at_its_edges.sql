-- business_seconds: NULL without clock or instant, a true 0 outside opening hours, 0 for an end up
-- to a minute early, NULL for one earlier still, exact to the microsecond across pieces.
{% set cases = [
    ('across_pieces', 'office', 'office', '09:59:59.25', '13:00:00.5', '2.25'),
    ('closed', 'office', 'office', '11:00:00', '11:45:00', '0'),
    ('one_piece', 'office', 'office', '08:00:00.000001', '09:59:59.999999', '7199.999998'),
    ('same_instant', 'office', 'office', '09:00:00', '09:00:00', '0'),
    ('a_minute_early', 'office', 'office', '09:01:00', '09:00:00', '0'),
    ('earlier_still', 'office', 'office', '09:01:00.001', '09:00:00', none),
    ('no_end', 'office', 'office', '09:00:00', none, none),
    ('no_calendar', none, none, '09:00:00', '09:30:00', none),
    ('end_not_covered', 'office', none, '09:00:00', '09:30:00', none),
] %}
{# open from 08:00 to 10:00, and again from 12:59:59 -#}
{% set pieces = [
    ('2026-01-05 08:00:00', '2026-01-05 10:00:00', 'true', 0),
    ('2026-01-05 10:00:00', '2026-01-05 12:59:59', 'false', 7200),
    ('2026-01-05 12:59:59', '2026-01-06 00:00:00', 'true', 7200),
] %}
with

cases as (

    {% for name, start_calendar, end_calendar, start_clock, end_clock, expected in cases -%}
        select
            '{{ name }}' as case_name,
            cast({{ "'" ~ start_calendar ~ "'" if start_calendar else 'null' }} as varchar)
                as start_calendar_id,
            cast({{ "'" ~ end_calendar ~ "'" if end_calendar else 'null' }} as varchar)
                as end_calendar_id,
            cast('2026-01-05 {{ start_clock }}' as timestamp) as start_at,
            cast({{ "'2026-01-05 " ~ end_clock ~ "'" if end_clock else 'null' }} as timestamp)
                as end_at,
            cast({{ expected or 'null' }} as decimal(18, 6)) as expected_seconds
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

pieces as (

    {% for from_at, to_at, is_open, open_seconds_before in pieces -%}
        select
            'office' as calendar_id,
            cast('{{ from_at }}' as timestamp) as from_at,
            cast('{{ to_at }}' as timestamp) as to_at,
            {{ is_open }} as is_open,
            cast({{ open_seconds_before }} as {{ type_double() }}) as open_seconds_before
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

measured as (

    select
        cases.case_name,
        cases.expected_seconds,
        {{ business_seconds('start_clock', 'cases.start_at', 'end_clock', 'cases.end_at') }}
            as actual_seconds

    from cases

    left join pieces as start_clock
        on
            cases.start_calendar_id = start_clock.calendar_id
            and cases.start_at >= start_clock.from_at
            and cases.start_at < start_clock.to_at

    left join pieces as end_clock
        on
            cases.end_calendar_id = end_clock.calendar_id
            and cases.end_at >= end_clock.from_at
            and cases.end_at < end_clock.to_at

),

final as (

    select *

    from measured

    where
        actual_seconds != cast(expected_seconds as {{ type_double() }})
        or (actual_seconds is null) != (expected_seconds is null)

)

select * from final
