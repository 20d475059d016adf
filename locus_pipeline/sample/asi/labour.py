"""Block E: persons, mandays and wages by labour category."""

import numpy as np

from locus_pipeline.sample.asi.economy import industries
from locus_pipeline.sample.asi.official import division_totals
from locus_pipeline.sample.asi.rows import (
    Block,
    RowPlan,
    apportioned,
    calibrated,
    plan_rows,
    serial_numbers,
)
from locus_pipeline.sample.asi.survey import Survey

# Category: share of workers, smallest number of workers of a return that has it.
HIRED = {
    "male_direct": (0.62, 1),
    "female_direct": (0.13, 4),
    "child_direct": (0.002, 10),
    "other_direct": (0.002, 10),
    "contract": (0.45, 6),
}
STAFF = {"supervisory": 0.55, "other_employees": 0.8}  # relative number
LIKELY = {
    "female_direct": 0.9,
    "child_direct": 0.01,
    "other_direct": 0.01,
    "contract": 0.7,
    "supervisory": 4.0,
    "other_employees": 3.0,
    "unpaid_family": 0.001,
}
# Wage relative to the industry's average worker.
PAY = {
    "male_direct": 1.05,
    "female_direct": 0.75,
    "child_direct": 0.5,
    "other_direct": 0.9,
    "contract": 0.8,
    "supervisory": 3.0,
    "other_employees": 1.5,
    "unpaid_family": 0.0,
}
BONUS_SHARE = 0.035  # of total emoluments, which are wages and bonus
PAID_HOLIDAYS = 15


def employment(survey: Survey) -> tuple[Block, dict[str, np.ndarray]]:
    """Block E, and bonus, provident fund and welfare of every return.

    Bonus and funds stand in all rows to 2007-08, in a row of their own in the panel of 2008-09 to
    2015-16, in block A in the public releases from 2008-09.
    """
    factories, random = survey.factories, survey.random("e")
    serials = serial_numbers(survey.year.row_scheme("e"))
    if not survey.has_social_row:
        serials.pop("social_charges", None)
    at = factories.employing
    workers, days = factories.workers[at], factories.working_days[at]
    unpaid = _unpaid(survey, at, random) if "unpaid_family" in serials else np.zeros_like(workers)
    plan = _plan(survey, at, serials, unpaid > 0, random)
    hired = [role for role in HIRED if role in serials]
    staff = _staff(survey, at, plan, workers, random)
    people, roles = np.hstack([_hired(plan, hired, workers, random), staff]), [*hired, *STAFF]
    if "unpaid_family" in serials:
        people, roles = np.hstack([people, unpaid[:, None]]), [*roles, "unpaid_family"]
    paid = ~np.isin(roles, ["unpaid_family"])
    mandays = people * days[:, None]
    # some of the men repair and maintain on days without manufacturing
    share = np.where(np.isin(roles, ["male_direct"]), random.random((len(at), 1)) * 0.02, 0.0)
    other = np.floor(mandays * share).astype(np.int64)
    wages = _wages(survey, at, people, roles)
    totals = {
        "sub_total": [role for role in hired if role != "contract"],
        "workers": hired,
        "total": roles,
    }
    values = {
        "mandays_manufacturing": plan.filled(roles, mandays - other, totals),
        "mandays_non_manufacturing": plan.filled(roles, other, totals),
        "mandays_total": plan.filled(roles, mandays, totals),
        "persons": plan.filled(roles, people, totals),
        "mandays_paid": plan.filled(roles, (mandays + people * PAID_HOLIDAYS) * paid, totals),
        "wages": plan.filled(roles, wages, totals),
    }
    if survey.year.survey_year == "1998-99":  # the manufacturing column holds the total
        values["mandays_manufacturing"] = values["mandays_total"]
        values["mandays_total"] = np.zeros_like(values["mandays_total"])
    charges = {}
    for name, total in (
        ("bonus", BONUS_SHARE * survey.targets["total_emoluments"]),
        ("provident_fund", survey.targets["provident_and_other_funds"]),
        ("welfare", survey.targets["welfare_expenses"]),
    ):
        charge = _charge(survey, at, wages, total, name)
        if survey.has_social_row:
            values[name] = plan.filled(["social_charges"], charge[:, None])
        else:
            values[name] = plan.filled(roles, apportioned(charge, wages.astype(float)), totals)
        charges[name] = np.zeros(len(factories), dtype=np.int64)
        charges[name][at] = charge
    return plan.block(values), charges


def _plan(survey: Survey, at, serials, has_unpaid, random) -> RowPlan:
    always: dict[str, np.ndarray | bool]
    always = dict.fromkeys(("male_direct", "sub_total", "workers", "total"), True)
    possible = {
        role: survey.factories.workers[at] >= least
        for role, (_, least) in HIRED.items()
        if role in serials
    }
    if survey.has_social_row:
        always["social_charges"] = True
    if "unpaid_family" in serials:
        always["unpaid_family"] = has_unpaid
        possible["unpaid_family"] = np.zeros(len(at), dtype=bool)
    likely = {role: weight for role, weight in LIKELY.items() if role in serials}
    return plan_rows(random, at, serials, always, likely, survey.counts["e"], possible=possible)


def _unpaid(survey: Survey, at: np.ndarray, random) -> np.ndarray:
    """Unpaid family members and proprietors: persons engaged who are no employees."""
    factories, weight = survey.factories, survey.factories.total_weight[at]
    wanted = survey.targets["total_persons_engaged"] - survey.targets["employees"]
    eligible = (factories.scheme[at] == 2) & factories.open[at] & (weight > 0)
    drawn = random.integers(1, 4, len(at)) * eligible
    turn = random.permutation(len(at))
    taken = turn[np.cumsum((weight * drawn)[turn]) <= wanted]
    unpaid = np.zeros(len(at), dtype=np.int64)
    unpaid[taken] = drawn[taken]
    return unpaid


def _hired(plan: RowPlan, hired: list[str], workers: np.ndarray, random) -> np.ndarray:
    """Workers by category: one in each that is filled in (and can be), the others by shares."""
    least = np.array([HIRED[role][1] for role in hired])
    present = plan.has(*hired) & (workers[:, None] >= least)
    shares = present * np.array([HIRED[role][0] for role in hired])
    shares = shares * np.exp(random.normal(0, 0.4, shares.shape))
    return present + apportioned(workers - present.sum(1), shares)


def _staff(survey: Survey, at, plan: RowPlan, workers, random) -> np.ndarray:
    """Supervisory and other employees: published employees who are no workers."""
    weight = survey.factories.total_weight[at]
    engaged = "employees" if "unpaid_family" in plan.roles else "total_persons_engaged"
    wanted = survey.targets[engaged] - (weight * workers).sum()
    present = plan.has(*STAFF)
    raw = present * workers[:, None] ** 0.95 * np.array(list(STAFF.values()))
    raw = raw * np.exp(random.normal(0, 0.5, raw.shape))
    dither = random.random(raw.shape)
    raw *= wanted / (weight[:, None] * raw).sum()
    for _ in range(30):
        staff = np.where(present, np.maximum(np.floor(raw + dither), 1), 0)
        surplus = (weight[:, None] * staff).sum() - wanted
        if abs(surplus) < 2e-5 * wanted:
            break
        raw *= max(0.3, 1 - surplus / (weight[:, None] * raw).sum())
    return staff.astype(np.int64)


def _wages(survey: Survey, at, people: np.ndarray, roles: list[str]) -> np.ndarray:
    """Wages by category: those of workers, and all emoluments without bonus, as published."""
    random, weight = survey.random("wages"), survey.factories.total_weight[at]
    levels = {
        name: division["wages_to_workers"] / division["workers"]
        for name, division in division_totals(survey.year.survey_year).items()
    }
    names = industries().division[survey.factories.industry[at]]
    level = np.array([levels[name] for name in names]) * np.exp(random.normal(0, 0.25, len(at)))
    raw = people * level[:, None] * np.array([PAY[role] for role in roles])
    raw = raw * np.exp(random.normal(0, 0.1, raw.shape))
    labour, targets = np.isin(roles, list(HIRED)), survey.targets
    staff = (1 - BONUS_SHARE) * targets["total_emoluments"] - targets["wages_to_workers"]
    wages = np.zeros_like(people)
    for member, total in ((labour, targets["wages_to_workers"]), (~labour, staff)):
        wages[:, member] = calibrated(raw[:, member], weight, total, survey.limit)
    return wages


def _charge(survey: Survey, at, wages: np.ndarray, total: float, topic: str) -> np.ndarray:
    """Bonus or a fund: mainly paid by returns of ten and of twenty workers and more."""
    random = survey.random(topic)
    raw = wages.sum(1) * np.exp(random.normal(0, 0.5, len(at)))
    threshold = np.where(random.random(len(at)) < 0.7, 10, 20)
    raw = np.where(survey.factories.workers[at] >= threshold, raw, 0.02 * raw)
    return survey.scaled(raw, at, total, least=1)
