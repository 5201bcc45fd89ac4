"""The service centre at work: half-hour by half-hour, who answers what and what comes of it.

Calls and chats wait for the agents on the phones and chats; written work is done in the time that
is left, and put aside when a call comes. Every ticket follows a plan, one letter per step:

S solve with an answer · N solve without one · C close unsolved · I ask the customer, who answers ·
F follow up on a customer who did not · W answer, and the customer comes back · P promise to come
back · H wait for a third party · E hand to the experts · M merge into another ticket · X spam
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from service_kpis.generate.clock import DAY, HALF_HOUR
from service_kpis.generate.demand import (
    LIVE_PLANS,
    OUTBOUND,
    PLAIN,
    PLANS,
    Customers,
    Demand,
)
from service_kpis.generate.staff import (
    BREAK,
    COACHING,
    LEAD,
    MEAL,
    MEETING,
    SYSTEM_ISSUE,
    TRAINING,
    WORK,
    Staff,
)
from service_kpis.generate.world import (
    EXPERT_TEAM,
    IN_PERSON,
    MONTREAL_TEAM,
    RETENTION_TEAM,
    World,
)

SPEED = {"S": 1.0, "N": 0.5, "C": 0.3, "I": 0.75, "W": 0.8, "E": 0.45, "H": 0.8, "F": 0.35,
         "P": 0.5, "M": 0.15, "X": 0.06}  # fmt: skip
ACTIONS = "SNCIFWPHEMX"
#: Ways a handling was done.
WRITTEN, BY_CALL, BY_CHAT = range(3)
#: Kinds of call legs.
INBOUND, TRANSFER, CALLBACK, CAMPAIGN = range(4)
#: What became of a leg.
DISPOSITIONS = [
    "answered", "abandoned_queue", "abandoned_ivr", "callback_requested", "flow_out", "voicemail",
    "no_answer", "busy", "failed",
]  # fmt: skip
ANSWERED, ABANDONED, IVR, CALLBACK_ASKED, FLOW_OUT, VOICEMAIL, NO_ANSWER, BUSY, FAILED = range(9)
AUTO_CLOSE_SECONDS = 5 * DAY
#: Groups that written work waits in.
GENERAL, CANADA, EXPERTS, ALSACE = range(4)


@dataclass
class Outcome:
    """What happened, as arrays: tickets, handlings, call legs, chats, work pieces, crews."""

    ticket: dict[str, np.ndarray]
    handling: dict[str, np.ndarray]
    call: dict[str, np.ndarray]
    chat: dict[str, np.ndarray]
    piece: dict[str, np.ndarray]
    crew: dict[str, np.ndarray]


def simulate(world: World, customers: Customers, demand: Demand, staff: Staff, tick) -> Outcome:
    """Let the centre work through all its days.

    Args:
        world: parameters and clock.
        customers: the customers.
        demand: the arrivals.
        staff: agents with their half-hours of work.
        tick: called with the share of the days done, 0 to 1.
    """
    rng = world.rng("simulate")
    total, as_of = world.tickets, world.as_of
    n_phone, n_chat = demand.phone_tickets, demand.chat_tickets
    written_from = n_phone + n_chat
    n_written = len(demand.written_at)

    # --- tickets: phone first, then chat, then written; created when they are opened --------
    live = rng.choice(
        [PLANS.index(p) for p in LIVE_PLANS], written_from, p=list(LIVE_PLANS.values())
    )
    plan = np.concatenate([live, demand.written_plan]).tolist()
    created = [-1] * written_from + demand.written_at.tolist()
    customer = [-1] * written_from + demand.written_customer.tolist()
    topic = [-1] * written_from + demand.written_topic.tolist()
    queue = [-1] * written_from + demand.written_queue.tolist()
    origin = [-1] * written_from + [-1] * n_written  # call or chat that opened it
    group_of_queue = [GENERAL] * len(world.queue_ids)
    group_of_queue[world.queue("email_canada")] = CANADA
    group_of_queue[world.queue("email_alsace")] = ALSACE
    group_of_queue[world.queue("expert_desk")] = EXPERTS
    group = [GENERAL] * written_from + [group_of_queue[q] for q in queue[written_from:]]
    late_created = np.zeros(total, bool)
    late_created[written_from:] = (demand.written_kind == OUTBOUND) | (
        demand.written_channel == IN_PERSON
    )
    late_created = late_created.tolist()
    urgent = rng.choice(4, total, p=[0.12, 0.7, 0.14, 0.04])
    priority = urgent.tolist()
    work = np.clip(rng.lognormal(6.64, 0.55, total), 40, 5400)
    hard = rng.normal(0, 1, total)
    u_reopen = array("d", rng.random(total).tobytes())
    reopen_delay = np.minimum(
        rng.exponential(1.3 * DAY, total) + 900, AUTO_CLOSE_SECONDS - 3600
    ).astype(np.int64)
    reopen_delay = array("q", reopen_delay.tobytes())
    reply_delay = np.clip(rng.lognormal(9.5, 1.3, (total, 2)), 120, 6 * DAY).astype(np.int64)
    reply_delay = array("q", reply_delay.ravel().tobytes())
    # most third parties answer within days, some take a month or two
    third_delay = np.clip(rng.lognormal(11.9, 1.1, total), DAY // 4, 70 * DAY).astype(np.int64)
    third_delay = array("q", third_delay.tobytes())
    follow_delay = array("q", rng.integers(int(2.5 * DAY), int(3.5 * DAY), total).tobytes())
    jitter = rng.lognormal(0, 0.3, 4096).tolist()
    base_work = array("d", work.tobytes())

    step = bytearray(total)
    is_solved = bytearray(total)
    reopened = bytearray(total)
    available = array("q", bytes(8 * total))
    by_customer = bytearray(total)
    owner = [-1] * total
    open_of = [-1] * (len(customers) + 1)

    # --- agents -----------------------------------------------------------------------------
    agents = len(staff)
    speed = staff.speed.tolist()
    skill = staff.skill.tolist()
    team = staff.team.tolist()
    is_lead = (staff.role >= LEAD).tolist()
    takes_live = (staff.takes_live & (staff.role <= LEAD)).tolist()
    busy = [0] * agents
    chat_until = [0] * agents
    current = [-1] * agents
    started = [0] * agents
    remaining = [0] * agents
    effort = [0] * agents
    personal: list[deque] = [deque() for _ in range(agents)]
    groups: list[deque] = [deque() for _ in range(4)]
    own_group = [
        CANADA if t == MONTREAL_TEAM else EXPERTS if t == EXPERT_TEAM else
        ALSACE if t == 4 else GENERAL for t in team
    ]  # fmt: skip
    last_seen = [0] * agents

    future: dict[int, list] = {}
    for number, at in enumerate(demand.written_at.tolist()):
        future.setdefault(at // HALF_HOUR, []).append((at, written_from + number, 1))

    # --- records ----------------------------------------------------------------------------
    h_ticket, h_agent, h_avail, h_start, h_end = (array("q") for _ in range(5))
    h_work, h_act, h_kind, h_ref, h_cust = (array("q") for _ in range(5))
    p_agent, p_start, p_end, p_ticket = (array("q") for _ in range(4))

    def record(t, agent, start, end, seconds, kind, ref):
        """Note one handling, carry out the plan's next step, and plan what follows."""
        letter = "S" if reopened[t] else PLANS[plan[t]][step[t]]
        step[t] += 1
        h_ticket.append(t)
        h_agent.append(agent)
        h_avail.append(available[t])
        h_start.append(start)
        h_end.append(end)
        h_work.append(seconds)
        h_act.append(ACTIONS.index(letter))
        h_kind.append(kind)
        h_ref.append(ref)
        h_cust.append(by_customer[t])
        owner[t] = agent
        if letter in "SN":
            is_solved[t] = 1
            chance = 0.037 * (1.55 - 0.55 * skill[agent]) * (0.35 if reopened[t] else 1.0)
            if late_created[t]:
                chance *= 0.3
            if u_reopen[t] < chance:
                u_reopen[t] = u_reopen[t] / chance
                reopened[t] += 1
                release(t, end + reopen_delay[t], 1)
        elif letter in "CMX":
            is_solved[t] = 1
        elif letter == "E":
            group[t] = EXPERTS
            owner[t] = -1
            release(t, end + 5, 0)
        elif letter == "H":
            release(t, end + third_delay[t], 0)
        elif letter == "I":
            if PLANS[plan[t]][step[t]] == "F":
                release(t, end + follow_delay[t], 0)
            else:
                release(t, end + reply_delay[2 * t + (step[t] - 1 & 1)], 1)
        elif letter == "W":
            release(t, end + reply_delay[2 * t], 1)
        elif letter == "F":
            release(t, end + follow_delay[t] - DAY, 0)
        elif letter == "P":
            release(t, end + 1800 + reply_delay[2 * t + 1] % (DAY // 2), 0)

    now_interval = 0

    def release(t, at, cust):
        if at >= as_of - 60:
            return
        if cust:
            is_solved[t] = 0
        number = at // HALF_HOUR
        if number <= now_interval:
            offer(at, t, cust)
        else:
            future.setdefault(number, []).append((at, t, cust))

    def offer(at, t, cust):
        available[t] = at
        by_customer[t] = cust
        if customer[t] >= 0:
            open_of[customer[t]] = t
        agent = owner[t]
        if agent >= 0 and now_interval - last_seen[agent] < 60 and t % 5:
            personal[agent].append(t)
        elif priority[t] == 3:
            groups[group[t]].appendleft(t)
        else:
            groups[group[t]].append(t)

    def pick(agent, until):
        """Return the next piece of written work that is there before an instant, or -1."""
        mine = personal[agent]
        if mine and available[mine[0]] < until:
            return mine.popleft()
        first = own_group[agent]
        line = groups[first]
        if line and available[line[0]] < until:
            return line.popleft()
        for number in (GENERAL, ALSACE, EXPERTS, CANADA):
            line = groups[number]
            if number != first and line:
                wait = 0 if number == GENERAL else 6 * 3600
                if available[line[0]] < until - wait:
                    return line.popleft()
        return -1

    def fill(agent, at, until):
        """Do written work from an instant to another; what is not finished stays on the desk."""
        while until - at > 20:
            t = current[agent]
            if t < 0:
                t = pick(agent, until - 20)
                if t < 0:
                    return at
                if available[t] > at:
                    at = available[t]
                letter = "S" if reopened[t] else PLANS[plan[t]][step[t]]
                seconds = base_work[t] * SPEED[letter] * speed[agent] * jitter[(t + step[t]) & 4095]
                current[agent] = t
                started[agent] = at
                remaining[agent] = effort[agent] = max(15, int(seconds))
            need = remaining[agent]
            end = at + need
            p_agent.append(agent)
            p_start.append(at)
            p_ticket.append(t)
            if end <= until:
                p_end.append(end)
                current[agent] = -1
                if late_created[t] and step[t] == 0 and created[t] < started[agent]:
                    created[t] = started[agent]
                    available[t] = started[agent]
                record(t, agent, started[agent], end, effort[agent], WRITTEN, len(p_end) - 1)
                at = end + 2
            else:
                p_end.append(until)
                remaining[agent] = end - until
                return until
        return at

    # --- calls ------------------------------------------------------------------------------
    calls = len(demand.call_at)
    c_start = demand.call_at.tolist()
    ivr = np.clip(rng.lognormal(3.3, 0.4, calls), 8, 180).astype(np.int64)
    leaves_ivr = rng.random(calls) < 0.035
    is_open = world.is_open(demand.call_queue, demand.call_at + ivr)
    closed_ivr = ~is_open & (rng.random(calls) < 0.55)
    c_enq = (demand.call_at + ivr).tolist()
    c_queue = demand.call_queue.tolist()
    c_customer = demand.call_customer.tolist()
    c_topic = demand.call_topic.tolist()
    patience = rng.exponential(520, calls) + 6
    quick = rng.random(calls) < 0.008
    patience[quick] = rng.integers(1, 5, quick.sum())
    c_patience = np.minimum(patience, 2400).astype(np.int64).tolist()
    c_disposition = np.where(
        leaves_ivr | closed_ivr, IVR, np.where(~is_open, VOICEMAIL, -1)
    ).tolist()
    c_kind = [INBOUND] * calls
    c_initial = list(range(calls))
    c_previous = [-1] * calls
    c_callback_of = [-1] * calls
    c_agent = [-1] * calls
    c_answer = [-1] * calls
    c_end = (demand.call_at + ivr).tolist()
    c_talk, c_hold, c_holds, c_wrap, c_dial = ([0] * calls for _ in range(5))
    c_ticket = [-1] * calls
    c_opens = bytearray(calls)
    c_transfer = [0] * calls
    draw_size = 1 << 17
    talk = np.clip(rng.lognormal(5.57, 0.55, draw_size), 25, 3600).tolist()
    wrap = np.clip(rng.lognormal(3.7, 0.6, draw_size), 4, 900).tolist()
    hold = np.where(rng.random(draw_size) < 0.25, rng.integers(15, 150, draw_size), 0).tolist()
    ring = rng.integers(2, 9, draw_size).tolist()
    chance = rng.random(draw_size).tolist()
    mask = draw_size - 1
    drawn = 0

    def new_leg(kind, origin_call, enq):
        c = len(c_start)
        c_start.append(enq)
        c_enq.append(enq if kind == TRANSFER else -1)
        c_queue.append(c_queue[origin_call])
        c_customer.append(c_customer[origin_call])
        c_topic.append(c_topic[origin_call])
        c_patience.append(600 if kind == TRANSFER else 10**7)
        c_disposition.append(-1)
        c_kind.append(kind)
        c_initial.append(c_initial[origin_call] if kind == TRANSFER else c)
        c_previous.append(origin_call if kind == TRANSFER else -1)
        c_callback_of.append(origin_call if kind == CALLBACK else -1)
        c_ticket.append(c_ticket[origin_call] if origin_call >= 0 else -1)
        for values, value in (
            (c_agent, -1), (c_answer, -1), (c_end, enq), (c_talk, 0), (c_hold, 0), (c_holds, 0),
            (c_wrap, 0), (c_dial, 0), (c_transfer, 0),
        ):  # fmt: skip
            values.append(value)
        c_opens.append(0)
        return c

    arrivals: dict[int, list] = {}
    for c in range(calls):
        if c_disposition[c] == -1:
            arrivals.setdefault(c_enq[c] // HALF_HOUR, []).append((c_enq[c], c))
    voicemails = deque(
        (c_enq[c], c) for c in range(calls) if c_disposition[c] == VOICEMAIL
    )  # in order of time, as calls are
    waiting: list = []
    phone_next = voicemail_tickets = 0
    # how many had called by the end of each half-hour
    ends = np.arange(world.start // HALF_HOUR + 1, -(-as_of // HALF_HOUR) + 1) * HALF_HOUR
    called_by = np.searchsorted(demand.call_at, ends).tolist()
    called = 0

    # --- chats ------------------------------------------------------------------------------
    chats = len(demand.chat_at)
    s_queued = demand.chat_at.tolist()
    s_first = [-1] * chats
    s_end = demand.chat_at.tolist()
    s_agent = [-1] * chats
    s_ticket = [-1] * chats
    s_disposition = [-1] * chats
    s_active = [0] * chats
    s_wrap = [0] * chats
    s_patience = np.clip(rng.exponential(620, chats) + 10, 10, 1800).astype(np.int64).tolist()
    s_missed = (rng.random(chats) < 0.006).tolist()
    s_length = np.clip(rng.lognormal(6.35, 0.45, chats), 60, 3600).astype(np.int64).tolist()
    s_active_share = rng.uniform(0.45, 0.75, chats).tolist()
    s_topic, s_customer = demand.chat_topic.tolist(), demand.chat_customer.tolist()
    s_queue = demand.chat_queue.tolist()
    chat_arrivals: dict[int, list] = {}
    for c, at in enumerate(s_queued):
        chat_arrivals.setdefault(at // HALF_HOUR, []).append((at, c))
    chat_line: deque = deque()
    chat_next = n_phone
    seen_chats = 0
    chatted_by = np.searchsorted(demand.chat_at, ends).tolist()
    chatted = 0
    chat_draw = rng.random(chats).tolist()
    slots: list[list[int]] = [[0, 0, 0] if staff.skill[a] > 0.6 else [0, 0] for a in range(agents)]

    new_callers = 0
    quota = [0]
    offer_topic = world.topic("new_offer")
    campaign_share = int(total * 0.09 / max(1, len(world.days) * 5 / 7)) + 1

    def open_ticket(t, at, who, why, line, source):
        created[t] = at
        customer[t] = who
        topic[t] = why
        queue[t] = line
        origin[t] = source
        available[t] = at
        by_customer[t] = 1
        if who >= 0:
            open_of[who] = t

    def still_to_come(came, of_them, everybody, first_guess):
        """Return how many more of a kind will come, by how many of those who came were of it."""
        return (everybody - came) * (of_them + 50 * first_guess) / (came + 50)

    def opens_ticket(k):
        """Tell whether a caller opens a ticket: they are shared out evenly until the last day."""
        nonlocal new_callers
        new_callers += 1
        left = n_phone - phone_next - still_to_come(called, voicemail_tickets, calls, 0.0)
        return left >= 1 and chance[k] * still_to_come(called, new_callers, calls, 0.8) < left

    def answer_call(c, agent, at):
        """Talk to a customer; return when the agent is free again."""
        nonlocal drawn, phone_next
        drawn += 1
        k = drawn & mask
        kind = c_kind[c]
        c_agent[c] = agent
        if kind == CALLBACK:
            c_start[c] = at
            c_dial[c] = 12 + k % 19
            at += c_dial[c]
            if chance[k] < 0.17:
                c_disposition[c] = NO_ANSWER
                c_end[c] = at
                return at + 5
        pace = speed[agent]
        held = hold[k]
        spoken = int(talk[k] * pace)
        if kind == TRANSFER:
            spoken = int(spoken * 0.8)
        wrapped = int(wrap[k] * pace)
        c_disposition[c] = ANSWERED
        c_answer[c] = at
        c_talk[c] = spoken
        c_hold[c] = held
        c_holds[c] = 0 if held == 0 else 1 + (k & 1)
        end = at + spoken + held
        c_end[c] = end
        c_wrap[c] = wrapped
        t = c_ticket[c]
        if kind == INBOUND or (kind == CALLBACK and t < 0):
            known = open_of[c_customer[c]] if c_customer[c] >= 0 else -1
            if known >= 0 and not is_solved[known] and chance[k] < 0.8 and at - 60 > created[known]:
                c_ticket[c] = t = known
            elif opens_ticket((k * 7 + 3) & mask):
                t = phone_next
                phone_next += 1
                c_ticket[c] = t
                c_opens[c] = 1
                delay = 10 + (k * 13) % 50
                open_ticket(t, min(at + delay, end - 1), c_customer[c], c_topic[c], c_queue[c], c)
        move = chance[(k * 11 + 5) & mask] < 0.055 * (1.5 - 0.5 * skill[agent])
        if move and kind in (INBOUND, CALLBACK) and end < as_of - 7200:
            c_transfer[c] = 1 + (k % 3)
            leg = new_leg(TRANSFER, c, end)
            heappush(waiting, (end, leg))
            c_opens[leg] = c_opens[c]
            c_opens[c] = 0
        elif t >= 0 and c_opens[c]:
            record(t, agent, at, end, 0, BY_CALL, c)
        return end + wrapped

    def dial(agent, at, until):
        """Make campaign calls while the day's share lasts; return when the agent stops."""
        nonlocal drawn
        while quota[0] > 0 and until - at > 420:
            quota[0] -= 1
            drawn += 1
            k = drawn & mask
            c = new_leg(CAMPAIGN, -1, at)
            c_customer[c] = (k * 7919 + c * 104_729) % len(customers)
            c_topic[c] = offer_topic
            c_queue[c] = -1
            c_agent[c] = agent
            c_dial[c] = 10 + k % 25
            up = at + c_dial[c]
            if chance[k] < 0.42:
                c_answer[c] = up
                c_talk[c] = min(240, 30 + int(talk[k] * 0.5))
                c_wrap[c] = min(40, 5 + int(wrap[k] * 0.4))
                c_end[c] = up + c_talk[c]
                c_disposition[c] = ANSWERED
                at = c_end[c] + c_wrap[c]
            else:
                c_end[c] = up
                c_disposition[c] = NO_ANSWER if k % 5 else BUSY + k % 2
                at = up + 3
            busy[agent] = at
        return at

    first, last = world.start // HALF_HOUR, -(-as_of // HALF_HOUR)
    blocks = staff.block_interval
    edges = np.searchsorted(blocks, np.arange(first, last + 1)).tolist()
    block_agent = staff.block_agent.tolist()
    block_activity = staff.block_activity.tolist()
    voice_need, chat_need = staff.voice_need.tolist(), staff.chat_need.tolist()
    a_agent, a_start, a_end, a_what = (array("q") for _ in range(4))
    on_voice, on_chat = array("q"), array("q")
    lengths = {MEAL: 1800, BREAK: 900, TRAINING: 1800, COACHING: 1800, MEETING: 1800,
               SYSTEM_ISSUE: 1200}  # fmt: skip

    for number in range(first, last):
        now_interval = number
        t0, t1 = number * HALF_HOUR, min((number + 1) * HALF_HOUR, as_of - 1)
        row = number - first
        called, chatted = called_by[row], chatted_by[row]
        if row % 48 == 0:
            quota[0] = campaign_share
            if row % (48 * 7) == 0:
                tick(row / (last - first))
            # work of people who are away goes back to the line
            for agent in range(agents):
                if number - last_seen[agent] > 60:
                    if personal[agent]:
                        for t in personal[agent]:
                            groups[group[t]].append(t)
                        personal[agent].clear()
                    if current[agent] >= 0:
                        t, current[agent] = current[agent], -1
                        groups[group[t]].appendleft(t)
        for at, t, cust in sorted(future.pop(number, ())):
            offer(at, t, cust)
        while voicemails and voicemails[0][0] < t1:
            at, c = voicemails.popleft()
            end = at + 25 + c % 60
            c_end[c] = end
            if phone_next < n_phone and end < as_of - 120:
                t = phone_next
                phone_next += 1
                voicemail_tickets += 1
                c_ticket[c] = t
                open_ticket(t, end + 4, c_customer[c], c_topic[c], c_queue[c], c)
                release(t, end + 4, 1)
        for item in arrivals.pop(number, ()):
            heappush(waiting, item)
        chat_line.extend(chat_arrivals.pop(number, ()))

        # who is here, and doing what
        voice_line: list = []
        chat_crew: list = []
        text_crew: list = []
        free: list = []
        paused: list = []
        need, chat_wanted = voice_need[row], chat_need[row]
        few = 0 < need <= 3
        alone = few and not any(
            block_activity[place] == WORK and takes_live[block_agent[place]]
            for place in range(edges[row], edges[row + 1])
        )
        for place in range(edges[row], edges[row + 1]):
            agent, what = block_agent[place], block_activity[place]
            last_seen[agent] = number
            if alone and what != MEAL and takes_live[agent] and not is_lead[agent]:
                # the last one at the phones does not leave them
                what, alone = WORK, False
            if what != WORK:
                at = busy[agent] if busy[agent] > t0 else t0
                if chat_until[agent] > at:
                    at = chat_until[agent]
                end = at + lengths[what]
                a_agent.append(agent)
                a_start.append(at)
                a_end.append(end)
                a_what.append(what)
                busy[agent] = end
                if what in (BREAK, SYSTEM_ISSUE):
                    paused.append(agent)
            elif takes_live[agent]:
                free.append(agent)
            else:
                text_crew.append(agent)
        if few:
            # few people: everybody picks up, and writes in between
            free += [agent for agent in paused if takes_live[agent]]
            paused = [agent for agent in paused if not takes_live[agent]]
            need = len(free)
        spare = len(free) - need
        wanted = min(chat_wanted, max(1, spare)) if chat_wanted and len(free) > 1 else 0
        if wanted:
            chat_crew = free[-wanted:]
            free = free[:-wanted]
        crew = free[:need] if need else []
        # in a small crew the rest writes, though it picks up when it rings
        on_voice.append(min(len(crew), voice_need[row]))
        on_chat.append(len(chat_crew))
        text_crew += free[need:] if need else free
        text_crew += paused

        for agent in crew:
            at = max(busy[agent], chat_until[agent], t0)
            heappush(voice_line, (at, agent))
        together = not chat_wanted and bool(crew)
        if together:
            while chat_line:
                at, c = chat_line.popleft()
                heappush(waiting, (at, -c - 1))
        chatting: list = []
        while waiting and waiting[0][0] < t1 and voice_line:
            enq, c = waiting[0]
            if c < 0:
                # a chat among calls: joined to a running one, else the next free agent takes it
                s = -c - 1
                begin, agent = 0, -1
                for other in chatting:
                    if chat_until[other] > enq and chat_until[other] < t1:
                        agent, begin = other, enq
                        break
                joined = agent >= 0
                if not joined:
                    at, agent = voice_line[0]
                    while at < max(busy[agent], chat_until[agent]):
                        heappop(voice_line)
                        heappush(voice_line, (max(busy[agent], chat_until[agent]), agent))
                        at, agent = voice_line[0]
                    begin = at if at > enq else enq
                begin += 6 + s % 15
                if s_missed[s] or begin >= enq + s_patience[s]:
                    heappop(waiting)
                    s_disposition[s] = 3 if s_missed[s] else 1
                    s_end[s] = enq + min(s_patience[s], 400)
                    continue
                if begin >= t1:
                    break
                heappop(waiting)
                if joined:
                    chatting.remove(agent)
                else:
                    heappop(voice_line)
                    at = max(at, t0)
                    if begin - at > 60:
                        fill(agent, at, begin - 6)
                end = begin + int(s_length[s] * 0.7)
                s_first[s], s_end[s], s_agent[s] = begin, end, agent
                s_disposition[s] = 0
                s_active[s] = int((end - begin) * s_active_share[s])
                s_wrap[s] = 10 + s % 40
                done = end + s_wrap[s]
                if done > chat_until[agent]:
                    chat_until[agent] = done
                if not joined:
                    chatting.append(agent)
                    busy[agent] = max(busy[agent], begin)
                    heappush(voice_line, (done, agent))
                seen_chats += 1
                left = written_from - chat_next
                if left > 0 and (
                    chat_draw[s] * still_to_come(chatted, seen_chats, chats, 0.93) < left
                ):
                    t = chat_next
                    chat_next += 1
                    s_ticket[s] = t
                    open_ticket(t, enq, s_customer[s], s_topic[s], s_queue[s], s)
                    record(t, agent, begin, end, 0, BY_CHAT, s)
                continue
            at, agent = voice_line[0]
            real = max(busy[agent], chat_until[agent])
            if at < real:
                heappop(voice_line)
                heappush(voice_line, (real, agent))
                continue
            begin = at if at > enq else enq
            bell = ring[c & mask]
            leave = enq + c_patience[c]
            if begin + bell >= leave:
                heappop(waiting)
                c_end[c] = leave
                c_disposition[c] = ABANDONED
                if c_patience[c] > 100 and c_kind[c] == INBOUND:
                    way = chance[(c * 3 + 1) & mask]
                    if way < 0.42 and leave + 900 < as_of - 7200:
                        c_disposition[c] = CALLBACK_ASKED
                        back = new_leg(CALLBACK, c, leave + 600 + c % 2400)
                        heappush(waiting, (c_start[back], back))
                    elif way < 0.48:
                        c_disposition[c] = FLOW_OUT
                elif c_opens[c]:
                    # hung up between two agents: the case goes on in writing
                    release(c_ticket[c], leave + 600, 0)
                continue
            if begin >= t1:
                break
            heappop(waiting)
            heappop(voice_line)
            if begin - at > 60:
                fill(agent, at, begin)
            done = answer_call(c, agent, begin + (0 if c_kind[c] == CALLBACK else bell))
            busy[agent] = done
            heappush(voice_line, (done, agent))
        for at, agent in sorted(voice_line):
            at = max(at, busy[agent], chat_until[agent], t0)
            if at >= t1:
                continue
            if team[agent] == RETENTION_TEAM or (not chat_wanted and agent % 3 == 0):
                at = dial(agent, at, t1)
            busy[agent] = fill(agent, at, t1)

        # chats with a crew of their own, several at a time
        if chat_crew:
            line = []
            for agent in chat_crew:
                for slot, until in enumerate(slots[agent]):
                    line.append((max(until, busy[agent], t0), slot, agent))
            line.sort()
            while chat_line and line:
                enq, s = chat_line[0]
                at, slot, agent = line[0]
                begin = (at if at > enq else enq) + 5 + s % 17
                if s_missed[s] or begin >= enq + s_patience[s]:
                    chat_line.popleft()
                    s_disposition[s] = 3 if s_missed[s] else 1
                    s_end[s] = enq + min(s_patience[s], 400)
                    continue
                if begin >= t1:
                    break
                chat_line.popleft()
                heappop(line)
                end = begin + int(s_length[s] * speed[agent])
                s_first[s], s_end[s], s_agent[s] = begin, end, agent
                s_disposition[s] = 0
                s_active[s] = int((end - begin) * s_active_share[s])
                s_wrap[s] = 10 + s % 40
                done = end + s_wrap[s]
                slots[agent][slot] = done
                if done > chat_until[agent]:
                    chat_until[agent] = done
                heappush(line, (done, slot, agent))
                seen_chats += 1
                left = written_from - chat_next
                if left > 0 and (
                    chat_draw[s] * still_to_come(chatted, seen_chats, chats, 0.93) < left
                ):
                    t = chat_next
                    chat_next += 1
                    s_ticket[s] = t
                    open_ticket(t, enq, s_customer[s], s_topic[s], s_queue[s], s)
                    record(t, agent, begin, end, 0, BY_CHAT, s)
            for agent in chat_crew:
                at = max(busy[agent], t0)
                if at < t1:
                    busy[agent] = fill(agent, at, t1)
        for agent in text_crew:
            at = max(busy[agent], chat_until[agent], t0)
            if at < t1 and team[agent] == RETENTION_TEAM and not is_lead[agent]:
                at = dial(agent, at, t1)
            if at < t1 and (takes_live[agent] or not is_lead[agent]):
                busy[agent] = fill(agent, at, t1)

    def numpy_of(**columns):
        return {name: np.array(values, dtype=np.int64) for name, values in columns.items()}

    # what nobody took before the end
    for enq, c in sorted(waiting):
        if c < 0:
            s = -c - 1
            s_disposition[s] = 1
            s_end[s] = min(enq + min(s_patience[s], 400), as_of - 1)
        elif c_kind[c] == CALLBACK:
            c_disposition[c] = -2
        else:
            c_disposition[c] = ABANDONED
            c_end[c] = min(enq + c_patience[c], as_of - 1)
    for enq, s in chat_line:
        s_disposition[s] = 1
        s_end[s] = min(enq + min(s_patience[s], 400), as_of - 1)

    # tickets that found no call or chat: calls and chats without a ticket get them
    spare = [
        c for c in range(len(c_start))
        if c_disposition[c] == ANSWERED and c_ticket[c] < 0 and c_kind[c] == INBOUND
        and not c_transfer[c]
    ]  # fmt: skip
    order = rng.permutation(len(spare)).tolist()
    for t in range(phone_next, n_phone):
        if not order:
            raise ValueError("too few calls were answered for the phone tickets asked for")
        c = spare[order.pop()]
        c_ticket[c] = t
        plan[t], step[t], u_reopen[t] = PLANS.index("S"), 0, 1.0
        open_ticket(
            t, min(c_answer[c] + 20, c_end[c] - 1), c_customer[c], c_topic[c], c_queue[c], c
        )
        record(t, c_agent[c], c_answer[c], c_end[c], 0, BY_CALL, c)
    spare = [s for s in range(chats) if s_disposition[s] == 0 and s_ticket[s] < 0]
    order = rng.permutation(len(spare)).tolist()
    for t in range(chat_next, written_from):
        if not order:
            raise ValueError("too few chats were answered for the chat tickets asked for")
        s = spare[order.pop()]
        s_ticket[s] = t
        plan[t], step[t], u_reopen[t] = PLANS.index("S"), 0, 1.0
        open_ticket(t, s_queued[s], s_customer[s], s_topic[s], s_queue[s], s)
        record(t, s_agent[s], s_first[s], s_end[s], 0, BY_CHAT, s)
    tick(1.0)

    kind = np.full(total, PLAIN)
    kind[written_from:] = demand.written_kind
    channel = np.zeros(total, np.int64)
    channel[n_phone:written_from] = 1
    channel[written_from:] = demand.written_channel
    target = np.full(total, -1, np.int64)
    has = demand.written_target >= 0
    target[written_from:][has] = demand.written_target[has] + written_from
    return Outcome(
        ticket=numpy_of(
            created=created, customer=customer, topic=topic, queue=queue, origin=origin,
            priority=priority, available=available, by_customer=by_customer,
        ) | {"kind": kind, "channel": channel, "target": target, "hard": hard},
        handling=numpy_of(
            ticket=h_ticket, agent=h_agent, available=h_avail, start=h_start, end=h_end,
            work=h_work, act=h_act, kind=h_kind, ref=h_ref, customer=h_cust,
        ),
        call=numpy_of(
            start=c_start, enqueued=c_enq, queue=c_queue, customer=c_customer, topic=c_topic,
            disposition=c_disposition, kind=c_kind, initial=c_initial, previous=c_previous,
            callback_of=c_callback_of, agent=c_agent, answer=c_answer, end=c_end, talk=c_talk,
            hold=c_hold, holds=c_holds, wrap=c_wrap, dial=c_dial, ticket=c_ticket,
            transfer=c_transfer,
        ),
        chat=numpy_of(
            queued=s_queued, first=s_first, end=s_end, agent=s_agent, ticket=s_ticket,
            disposition=s_disposition, active=s_active, wrap=s_wrap, topic=s_topic,
            customer=s_customer, queue=s_queue,
        ),
        piece=numpy_of(
            agent=p_agent, start=p_start, end=p_end, ticket=p_ticket,
        ) | {"activity": numpy_of(agent=a_agent, start=a_start, end=a_end, what=a_what)},
        crew=numpy_of(voice=on_voice, chat=on_chat),
    )  # fmt: skip
