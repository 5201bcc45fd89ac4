"""Quality: reviews with their criteria, calibrations, root causes and mystery calls."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.clock import DAY
from service_kpis.generate.finance import months_of
from service_kpis.generate.simulate import ANSWERED, Outcome
from service_kpis.generate.staff import AGENT, LEAD, OPS, QUALITY, TRAINER, Staff
from service_kpis.generate.surveys import QUESTIONS
from service_kpis.generate.tables import Cat, Ids, Mixed, Table
from service_kpis.generate.tickets import History
from service_kpis.generate.world import World

#: Criterion, category, weight, critical, share not applicable, ease (log-odds of a pass at
#: average skill).
CRITERIA = [
    ("greeting", "script", 5, False, 0.02, 3.2),
    ("identification", "compliance", 10, True, 0.02, 4.9),
    ("active_listening", "soft_skill", 10, False, 0.0, 2.5),
    ("empathy", "soft_skill", 10, False, 0.03, 2.2),
    ("diagnosis", "process", 15, False, 0.0, 2.9),
    ("product_knowledge", "product", 10, False, 0.12, 3.0),
    ("right_solution", "product", 15, False, 0.0, 3.1),
    ("procedure", "process", 10, False, 0.05, 2.9),
    ("data_protection", "compliance", 5, True, 0.15, 4.9),
    ("case_notes", "process", 5, False, 0.0, 2.5),
    ("closing", "script", 5, False, 0.03, 2.7),
]
CATEGORIES = ["product", "process", "script", "soft_skill", "compliance"]
WEIGHT = np.array([row[2] for row in CRITERIA])
CRITICAL = np.array([row[3] for row in CRITERIA])
CATEGORY = np.array([CATEGORIES.index(row[1]) for row in CRITERIA])
#: How much of the agent's skill shows in a criterion.
SKILL_EFFECT = 0.85
PASS_MARK = 0.80
FORMS = ["voice_v4", "chat_v2", "written_v3"]
CALL, CHAT, WRITTEN = range(3)
PASS, FAIL, NA = range(3)
REVIEWS_A_MONTH = 4
CALIBRATED_A_MONTH = 4
STANDARD, CALIBRATION, REFERENCE = range(3)
DRAFT, FINAL, DISPUTED, VOIDED = range(4)
DOMAINS = ["product", "process", "other"]
CAUSES = ["training", "knowledge_base", "tool", "policy", "agent", "product_defect"]


def quality_tables(
    world: World,
    staff: Staff,
    outcome: Outcome,
    history: History,
    legs: dict,
    messages: Table,
    responses: Table,
) -> list[Table]:
    """Return qa_reviews, qa_review_items, root_causes and mystery_calls."""
    rng = world.rng("quality")
    pool = _pool(world, rng, staff, outcome, history, legs, messages)
    reviews = _reviews(world, rng, staff, pool)
    result = reviews.pop("result")
    table = _review_table(world, pool, reviews, result)
    items = _items_table(reviews, result)
    causes = _root_causes(world, rng, reviews, result, responses)
    return [table, items, causes, _mystery(world, staff)]


def _pool(world, rng, staff, outcome, history, legs, messages) -> dict:
    """Return the interactions that may be reviewed, in random order within agent and month."""
    calls = np.flatnonzero(
        (legs["disposition"] == ANSWERED) & (legs["kind"] <= 1) & (legs["talk"] > 60)
    )
    chat = outcome.chat
    chats = np.flatnonzero(chat["disposition"] == 0)
    columns = messages.columns
    texts = np.flatnonzero(
        (columns["author_type"].codes == columns["author_type"].values.index("agent"))
        & (columns["visibility"].codes == columns["visibility"].values.index("public"))
        & (columns["is_automated"] == 0)
        & np.isin(columns["channel"].codes, [columns["channel"].values.index("email")])
        & (columns["author_id"].number >= 0)
    )
    by_number = np.zeros(int(history.number.max()) + 1, np.int64)
    by_number[history.number] = np.arange(len(history.number))
    pool = {
        "kind": np.repeat([CALL, CHAT, WRITTEN], [len(calls), len(chats), len(texts)]),
        "item": np.concatenate([calls, chats, texts]),
        "at": np.concatenate([
            legs["answer"][calls], chat["first"][chats], columns["sent_at"][texts]
        ]),
        "agent": np.concatenate([
            legs["agent"][calls], chat["agent"][chats], columns["author_id"].number[texts]
        ]),
        "ticket": np.concatenate([
            legs["ticket"][calls], chat["ticket"][chats],
            by_number[columns["ticket_id"].numbers[texts]],
        ]),
    }  # fmt: skip
    pool["ticket"] = np.where(pool["ticket"] < 0, -1, history.number[pool["ticket"]])
    keep = (staff.role[pool["agent"]] <= LEAD) & (pool["at"] < world.as_of - DAY)
    starts = np.array([low for low, _ in months_of(world)])
    month = np.searchsorted(starts, world.paris.to_local(pool["at"]) // DAY, "right") - 1
    keep &= month >= 0
    pool["month"] = month
    rows = np.flatnonzero(keep)
    order = rows[np.lexsort((rng.random(len(rows)), month[rows], pool["agent"][rows]))]
    return {name: values[order] for name, values in pool.items()}


def _raters(staff: Staff) -> np.ndarray:
    """Return who reviews: the quality team, else leads and trainers as well."""
    raters = np.flatnonzero(np.isin(staff.role, [QUALITY]))
    if len(raters) < 3:
        others = np.flatnonzero(np.isin(staff.role, [TRAINER, OPS, LEAD]))
        raters = np.concatenate([raters, others])[:4]
    return raters


def _reviews(world: World, rng, staff: Staff, pool: dict) -> dict:
    key = pool["agent"] * 1000 + pool["month"]
    first = np.ones(len(key), bool)
    first[1:] = key[1:] != key[:-1]
    begin = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
    rank = np.arange(len(key)) - begin
    wanted = REVIEWS_A_MONTH + (pool["agent"] % 3 == 0)
    row = np.flatnonzero(rank < wanted)
    raters = _raters(staff)
    size = len(row)
    delay = rng.integers(3 * 3600, 9 * DAY, size)
    blocks = [{
        "row": row, "kind": np.full(size, STANDARD), "session": np.full(size, -1),
        "reviewer": raters[rng.integers(0, len(raters), size)],
        "at": pool["at"][row] + delay, "status": _status(rng, size), "supersedes": np.full(
            size, -1),
    }]  # fmt: skip
    sessions = _calibrations(world, rng, pool, row, raters)
    if len(raters) > 1 and len(sessions["row"]):
        blocks.append(sessions)
    reviews = {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]}
    truth = _truth(rng, staff, pool, reviews["row"])
    result = _seen(rng, reviews, truth)
    reviews, result = _corrected(world, rng, reviews, result)
    keep = reviews["at"] < world.as_of - 60
    # what a correction replaces is older, so it is there too
    order = np.flatnonzero(keep)
    order = order[np.argsort(reviews["at"][order], kind="stable")]
    place = np.full(len(keep), -1, np.int64)
    place[order] = np.arange(len(order))
    before = reviews["supersedes"]
    reviews["supersedes"] = np.where(before >= 0, place[before], -1)
    reviews = {name: values[order] for name, values in reviews.items()}
    late = reviews["at"] > world.as_of - 3 * DAY
    draft = late & (reviews["kind"] == STANDARD) & (rng.random(len(late)) < 0.35)
    reviews["status"] = np.where(draft, DRAFT, reviews["status"])
    reviews["result"] = result[order]
    return reviews


def _status(rng, size: int) -> np.ndarray:
    return rng.choice([FINAL, DISPUTED, VOIDED], size, p=[0.965, 0.02, 0.015])


def _calibrations(world: World, rng, pool: dict, row: np.ndarray, raters: np.ndarray) -> dict:
    """Return a session a month: some interactions, each seen by the reference and by analysts."""
    blocks: dict[str, list] = {name: [] for name in (
        "row", "kind", "session", "reviewer", "at", "status", "supersedes")}  # fmt: skip
    for number, (_, high) in enumerate(months_of(world)):
        mine = row[pool["month"][row] == number]
        if not len(mine):
            continue
        some = rng.choice(mine, min(len(mine), CALIBRATED_A_MONTH), replace=False)
        day = (min(high, world.last_day) - 3) * DAY + 13 * 3600
        for place in np.sort(some).tolist():
            at = max(int(pool["at"][place]) + 3600, day)
            crew = raters[rng.permutation(len(raters))[:3]]
            for seat, rater in enumerate(np.unique(np.append(crew, raters[0])).tolist()):
                blocks["row"].append(place)
                blocks["kind"].append(REFERENCE if rater == raters[0] else CALIBRATION)
                blocks["session"].append(number)
                blocks["reviewer"].append(rater)
                blocks["at"].append(at + 300 * seat)
                blocks["status"].append(FINAL)
                blocks["supersedes"].append(-1)
    return {name: np.array(values, np.int64) for name, values in blocks.items()}


def _truth(rng, staff: Staff, pool: dict, row: np.ndarray) -> np.ndarray:
    """Return what each criterion deserves; the same interaction always deserves the same."""
    unique, back = np.unique(row, return_inverse=True)
    skill = staff.skill[pool["agent"][unique]]
    odds = np.array([c[5] for c in CRITERIA])[None, :] + SKILL_EFFECT * skill[:, None]
    odds = odds + rng.normal(0, 0.45, len(unique))[:, None]
    passes = rng.random(odds.shape) < 1 / (1 + np.exp(-odds))
    absent = rng.random(odds.shape) < np.array([c[4] for c in CRITERIA])[None, :]
    return np.where(absent, NA, np.where(passes, PASS, FAIL)).astype(np.int8)[back]


def _seen(rng, reviews: dict, truth: np.ndarray) -> np.ndarray:
    """Return what the reviewers saw; analysts miss faults more often than they invent some."""
    analyst = (reviews["kind"] == CALIBRATION)[:, None]
    odds = np.where(truth == FAIL, 0.3, 0.016)
    other = analyst & (rng.random(truth.shape) < odds) & (truth != NA) & ~CRITICAL[None, :]
    return np.where(other, 1 - truth, truth).astype(np.int8)


def _corrected(world: World, rng, reviews: dict, result: np.ndarray) -> tuple[dict, np.ndarray]:
    """Add corrected versions of some reviews: most of the disputed ones are settled."""
    standard = reviews["kind"] == STANDARD
    redo = standard & np.where(reviews["status"] == DISPUTED, rng.random(len(standard)) < 0.6,
                               rng.random(len(standard)) < 0.008)  # fmt: skip
    rows = np.flatnonzero(redo)
    more = {name: values[rows].copy() for name, values in reviews.items()}
    more["at"] = more["at"] + rng.integers(DAY, 8 * DAY, len(rows))
    more["status"] = np.full(len(rows), FINAL)
    more["supersedes"] = rows
    better = result[rows].copy()
    change = (better == FAIL) & (rng.random(better.shape) < 0.5)
    better[change] = PASS
    joined = {name: np.concatenate([values, more[name]]) for name, values in reviews.items()}
    return joined, np.concatenate([result, better])


def _review_table(world: World, pool: dict, reviews: dict, result: np.ndarray) -> Table:
    row = reviews["row"]
    applicable = ((result != NA) * WEIGHT).sum(axis=1)
    obtained = ((result == PASS) * WEIGHT).sum(axis=1)
    critical = ((result == FAIL) & CRITICAL).any(axis=1)
    passed = (obtained >= PASS_MARK * applicable) & ~critical
    sessions = [f"calibration_{number + 1:03d}" for number in range(world.months)]
    size = len(row)
    return Table(
        "qa_reviews",
        {
            "review_id": Ids("QA", np.arange(1, size + 1), 7),
            "interaction_type": Cat(["call", "chat", "email"], pool["kind"][row]),
            "interaction_id": Mixed(
                (("K", 8), ("H", 8), ("M", 9)), pool["kind"][row], pool["item"][row]
            ),
            "ticket_id": Ids("T", pool["ticket"][row]),
            "agent_id": Ids("A", pool["agent"][row] + 1, 5),
            "reviewer_id": Ids("A", reviews["reviewer"] + 1, 5),
            "form_code": Cat(FORMS, pool["kind"][row]),
            "interaction_at": pool["at"][row],
            "reviewed_at": reviews["at"],
            "review_kind": Cat(["standard", "calibration", "reference"], reviews["kind"]),
            "calibration_session_id": Cat(sessions, reviews["session"]),
            "status": Cat(["draft", "final", "disputed", "voided"], reviews["status"]),
            "supersedes_review_id": Ids(
                "QA", np.where(reviews["supersedes"] < 0, -1, reviews["supersedes"] + 1), 7
            ),
            "points_obtained": obtained * 100,
            "points_applicable": applicable * 100,
            "is_passed": passed.astype(np.int64),
            "has_critical_error": critical.astype(np.int64),
        },
        reviews["at"],
    )


def _items_table(reviews: dict, result: np.ndarray) -> Table:
    size, wide = result.shape
    review = np.repeat(np.arange(size), wide)
    criterion = np.tile(np.arange(wide), size)
    return Table(
        "qa_review_items",
        {
            "review_id": Ids("QA", review + 1, 7),
            "criterion_code": Cat([row[0] for row in CRITERIA], criterion),
            "category": Cat(CATEGORIES, CATEGORY[criterion]),
            "result": Cat(["pass", "fail", "na"], result.ravel()),
            "weight": WEIGHT[criterion] * 100,
            "is_critical": CRITICAL[criterion].astype(np.int64),
        },
        reviews["at"][review],
    )


def _root_causes(world: World, rng, reviews: dict, result: np.ndarray, responses: Table) -> Table:
    counted = (reviews["kind"] == STANDARD) & (reviews["status"] == FINAL)
    review, criterion = np.nonzero((result == FAIL) & counted[:, None])
    keep = rng.random(len(review)) < 0.55
    review, criterion = review[keep], criterion[keep]
    category = CATEGORY[criterion]
    # what is neither product nor process is something else
    domain = np.where(category <= 1, category, 2)
    columns = responses.columns
    unhappy = np.flatnonzero(
        (columns["question_code"].codes == QUESTIONS.index("csat_overall"))
        & (np.nan_to_num(columns["score"], nan=9.0) <= 2)
        & (columns["is_test"] == 0) & (columns["is_complete"] == 1)
    )  # fmt: skip
    unhappy = unhappy[rng.random(len(unhappy)) < 0.4]
    texts = [f"QA{r + 1:07d}:{CRITERIA[c][0]}" for r, c in zip(review, criterion, strict=True)]
    texts += [f"R{number:08d}" for number in columns["response_id"].numbers[unhappy].tolist()]
    source = np.repeat([0, 1], [len(review), len(unhappy)])
    domain = np.concatenate([domain, rng.choice(3, len(unhappy), p=[0.3, 0.45, 0.25])])
    at = np.concatenate([
        reviews["at"][review], columns["answered_at"][unhappy]
    ]) + rng.integers(DAY, 12 * DAY, len(texts))  # fmt: skip
    cause = np.where(
        domain == 0, rng.choice(6, len(at), p=[0.22, 0.22, 0.08, 0.06, 0.14, 0.28]),
        np.where(domain == 1, rng.choice(6, len(at), p=[0.18, 0.2, 0.22, 0.2, 0.2, 0.0]),
                 rng.choice(6, len(at), p=[0.24, 0.04, 0.08, 0.1, 0.54, 0.0])),
    )  # fmt: skip
    keep = np.flatnonzero(at < world.as_of - 60)
    order = keep[np.argsort(at[keep], kind="stable")]
    return Table(
        "root_causes",
        {
            "rca_id": Ids("RC", np.arange(1, len(order) + 1), 7),
            "source_type": Cat(["qa_item", "dsat_response"], source[order]),
            "source_id": Cat([texts[row] for row in order.tolist()], _codes(len(order))),
            "error_domain": Cat(DOMAINS, domain[order]),
            "root_cause": Cat(CAUSES, cause[order]),
            "analysed_at": at[order],
        },
        at[order],
    )


def _codes(rows: int) -> np.ndarray:
    return np.arange(rows, dtype=np.int32)


def _mystery(world: World, staff: Staff) -> Table:
    """Return the mystery calls: more for those on the phones, scores that follow skill."""
    rng = world.rng("mystery calls")
    crew = np.flatnonzero((staff.role == AGENT) & staff.takes_live)
    shift = np.flatnonzero(
        ~staff.is_absent & np.isin(staff.shift_agent, crew)
        & (staff.shift_end < world.as_of - DAY)
    )  # fmt: skip
    wanted = min(len(shift), max(6 * world.months, len(crew) * world.months // 6))
    shift = np.sort(rng.choice(shift, wanted, replace=False))
    agent = staff.shift_agent[shift]
    length = staff.shift_end[shift] - staff.shift_start[shift]
    at = staff.shift_start[shift] + (rng.uniform(0.1, 0.9, wanted) * length).astype(np.int64)
    order = np.argsort(at, kind="stable")
    agent, at = agent[order], at[order]
    skill = staff.skill[agent]
    scenario = rng.integers(0, 5, wanted)
    expected = (scenario != 3) & (rng.random(wanted) < 0.85)
    promotes = rng.random(wanted) < np.clip(0.72 + 0.14 * skill, 0.05, 0.97)
    count = np.where(promotes & expected, 1 + (rng.random(wanted) < 0.35), 0)
    count = np.where(~expected & (rng.random(wanted) < 0.15), 1, count)
    grade = np.clip(0.78 + 0.09 * skill + rng.normal(0, 0.08, wanted), 0.05, 1.0)
    how = np.clip(grade + rng.normal(0, 0.08, wanted), 0, 1)
    scenarios = ["invoice_query", "late_parcel", "new_customer", "complaint", "technical_problem"]
    return Table(
        "mystery_calls",
        {
            "mystery_call_id": Ids("MY", np.arange(1, wanted + 1), 6),
            "agent_id": Ids("A", agent + 1, 5),
            "call_at": at,
            "scenario_code": Cat(scenarios, scenario),
            "is_valid": (rng.random(wanted) < 0.94).astype(np.int64),
            "promotion_expected": expected.astype(np.int64),
            "channels_promoted_count": count,
            "promotion_quality_score": np.where(count > 0, np.round(how, 2), np.nan),
            "overall_score": np.round(grade, 2),
        },
        np.minimum(at + 5 * DAY, world.as_of),
    )
