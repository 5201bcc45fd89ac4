-- Grain: one row per channel.
with

channels as (

    select * from {{ ref('cfg_channels') }}

),

final as (

    select
        ---------- strings
        channel,
        channel_group,

        ---------- booleans
        is_digital,
        is_synchronous

    from channels

    where channel != 'unknown'

    union all

    -- a channel that is not configured counts as asynchronous (Q11)
    select
        'unknown' as channel,
        'unknown' as channel_group,
        false as is_digital,
        false as is_synchronous

)

select * from final
