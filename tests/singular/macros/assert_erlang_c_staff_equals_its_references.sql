-- Worked example 7 to the last digit, and loads from a trifle to hundreds of erlangs: positions and
-- waiting as an independent calculation (the recursion on B, in exact fractions) has them.
with

cases as (

    {# erlangs, threshold, handle time, target, limit of occupancy: positions, P(wait), level #}
    {%- set references = [
        (10, 20, 180, 0.38, 1, 11, 0.6821182046893324, 0.3896138117291533),
        (10, 20, 180, 0.64, 1, 12, 0.44938822429827086, 0.6401580403740066),
        (10, 20, 180, 0.79, 1, 13, 0.28527045303649295, 0.7955947884177831),
        (10, 20, 180, 0.80, 1, 14, 0.17413193359504983, 0.8883500191794669),
        (10, 20, 180, 0.94, 1, 15, 0.10204236700798801, 0.9414528428690223),
        (10, 90, 180, 0.80, 0.85, 12, 0.44938822429827086, 0.8346793111761254),
        (0.001, 20, 180, 0.80, 0.85, 1, 0.001, 0.999105061251071),
        (0.5, 20, 300, 0.80, 0.85, 2, 0.1, 0.909516258196404),
        (3.5, 20, 300, 0.95, 1, 8, 0.029885749135826197, 0.977860092501457),
        (50, 20, 240, 0.80, 1, 56, 0.30934779621316316, 0.8123710770821808),
        (100, 20, 300, 0.80, 1, 108, 0.3283296800271413, 0.8073866344591392),
        (250.5, 10, 360, 0.90, 1, 270, 0.1535039813261366, 0.910694789271577),
        (400, 20, 300, 0.99, 1, 432, 0.07330401111506617, 0.9913177388494834),
        (500, 90, 300, 0.80, 0.85, 589, 0.00006083418074729723, 0.9999999999999999),
        (700, 0, 300, 0.99, 1, 765, 0.009067039023617923, 0.9909329609763821),
        (900, 20, 300, 0.80, 1, 915, 0.5083437158059709, 0.8129907979062849),
    ] %}
    {% for erlangs, threshold, aht, target, occupancy, positions, wait, level in references %}
        select
            {{ loop.index }} as case_number,
            cast({{ erlangs }} as {{ type_double() }}) as erlangs,
            cast({{ threshold }} as {{ type_double() }}) / {{ aht }} as threshold_ratio,
            cast({{ target }} as {{ type_double() }}) as target_rate,
            cast({{ occupancy }} as {{ type_double() }}) as max_occupancy,
            {{ positions }} as expected_positions,
            cast({{ wait }} as {{ type_double() }}) as expected_wait,
            cast({{ level }} as {{ type_double() }}) as expected_level

        {{ 'union all' if not loop.last }}
    {% endfor %}

),

{{ erlang_c_staff('cases', ['case_number']) }},

compared as (

    select
        cases.*,
        staffed.positions,
        staffed.wait_probability,
        1 - staffed.wait_probability
        * exp(-(staffed.positions - cases.erlangs) * cases.threshold_ratio) as service_level

    from cases

    left join staffed
        on cases.case_number = staffed.case_number

),

wrong as (

    select *

    from compared

    where
        positions is null
        or positions != expected_positions
        or abs(wait_probability - expected_wait) > 0.000000000001
        or abs(service_level - expected_level) > 0.000000000001

)

select * from wrong
