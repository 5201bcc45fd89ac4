{# The join that reads the business clock at an instant: the one piece of the calendar's time line
   that holds it, as `alias`. It never repeats or loses a row, and without calendar, instant or
   coverage the alias is all NULL. Equality on calendar and UTC date makes it a hash join with a
   handful of candidates per instant; comparing the bounds alone would not be one.

   calendar_id and instant are SQL expressions of the rows before the join. Pieces are cut at UTC
   midnight, therefore the bare cast: it is no local date (G2). -#}
{% macro business_clock_join(alias, calendar_id, instant) -%}
    left join {{ ref('int_business_clock') }} as {{ alias }}
        on
            {{ calendar_id }} = {{ alias }}.calendar_id
            and cast({{ instant }} as date) = {{ alias }}.utc_date
            and {{ instant }} >= {{ alias }}.from_at
            and {{ instant }} < {{ alias }}.to_at
{%- endmacro %}
