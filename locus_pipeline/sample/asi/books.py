"""The blocks of a survey year (E is in labour.py): items that add up to each return's amounts.

Invented: how amounts split into items and rows. Total rows are added up from the items; the
identities of the schedule hold to the rupee.
"""

import numpy as np

from locus_pipeline.sample.asi import items
from locus_pipeline.sample.asi.amounts import Amounts
from locus_pipeline.sample.asi.labour import employment
from locus_pipeline.sample.asi.rows import Block, apportioned, calibrated, plan_rows, serial_numbers
from locus_pipeline.sample.asi.survey import Survey

# Fixed assets: share of all, how likely a return has them (always plant and machinery).
ASSETS = {
    "land": (0.12, 1.6),
    "building": (0.2, 5.0),
    "plant_machinery": (0.5, None),
    "transport_equipment": (0.04, 1.5),
    "computer_equipment": (0.02, 2.0),
    "pollution_control": (0.03, 0.12),
    "other": (0.06, 3.0),
    "work_in_progress": (0.1, 0.35),
}
NOT_WORN = ("land", "work_in_progress")

# Inventory, other current assets and liabilities: share of each, how likely a return has it.
INVENTORY = {
    "raw_materials": (0.5, None),
    "fuels": (0.05, 1.0),
    "spares": (0.08, 1.6),
    "semi_finished": (0.15, 0.9),
    "finished": (0.3, 2.0),
}
CURRENT_ASSETS = {"cash": (0.2, None), "debtors": (0.5, 3.0), "other_assets": (0.3, 2.5)}
LIABILITIES = {"creditors": (0.4, None), "overdraft": (0.3, 1.2), "other_liabilities": (0.3, 2.5)}

# Rows of block H beside the named basic items: share of materials or fuels, how likely.
BASIC = (0.6, 0.3)  # the first named item, each further one
OTHER_MATERIALS = {
    "other_basic": (0.12, 1.2),
    "chemicals": (0.05, 0.5),
    "packing": (0.08, 1.2),
    "consumables": (0.05, None),
}
FUELS = {
    "electricity_purchased": (0.6, None),
    "petrol_diesel": (0.15, 2.5),
    "coal": (0.5, 0.1),
    "gas": (0.5, 0.05),
    "other_fuel": (0.2, 0.25),
}
WITHOUT_VALUE = {"electricity_own": 0.35, "unmet_electricity": 0.03}
FURTHER_ITEMS = 6  # named items that a few returns have beyond the schedule's printed rows
RETURNS_WITH_FURTHER_ITEMS = 0.003


def fill_in(survey: Survey) -> dict[str, Block]:
    """All blocks, by their code, with the columns that the release keeps."""
    amounts = Amounts(survey)
    blocks = {
        "b": particulars(survey),
        "c": fixed_assets(survey, amounts),
        "d": working_capital(survey, amounts),
        "f": expenses(survey, amounts),
        "g": receipts(survey, amounts),
        "h": indigenous_inputs(survey, amounts),
        "i": imported_inputs(survey, amounts),
        "j": products(survey, amounts),
    }
    blocks["e"], charges = employment(survey)
    blocks["a"] = identification(survey, blocks, charges)
    for code, block in blocks.items():
        block.columns = {
            name: values for name, values in block.columns.items() if name in survey.columns[code]
        }
    if "h1" in survey.counts:
        blocks["h1"] = energy(survey, blocks["h"])
    return blocks


def identification(survey: Survey, blocks: dict[str, Block], charges: dict) -> Block:
    """Block A: every return, also those that don't respond."""
    factories, random = survey.factories, survey.random("a")
    count = len(factories)
    inputs = blocks["h"]
    total = inputs.columns["serial_number"] == survey.year.row_scheme("h").serial("total_inputs")
    cost = np.zeros(count, dtype=np.int64)
    cost[inputs.factory[total]] = inputs.columns["purchase_value"][total]
    cost[blocks["f"].factory] += blocks["f"].columns["operating_expenses"]
    idle = np.minimum(random.integers(0, 12, count), factories.working_days // 20)
    exports = factories.open & (random.random(count) < 0.12)
    return Block(
        np.arange(count),
        {
            "scheme": factories.scheme,
            "sector": factories.sector,
            "units": factories.units,
            "unit_status": factories.status,
            "working_days_manufacturing": factories.working_days - idle,
            "working_days_non_manufacturing": idle,
            "working_days": factories.working_days,
            "cost_of_production": cost,
            "export_share": np.where(exports, random.integers(1, 101, count), 0),
            **charges,
        },
    )


def particulars(survey: Survey) -> Block:
    """Block B: one record for each return that responds."""
    random, at = survey.random("b"), survey.first(survey.counts["b"])
    count, end = len(at), survey.year.year_end
    age = 1 + np.minimum(random.gamma(2, 9, count), 120).astype(np.int64)
    days = survey.factories.working_days[at]
    organisation = random.choice(
        [1, 2, 3, 4, 5, 6, 7, 10, 19],
        count,
        p=[0.22, 0.03, 0.2, 0.1, 0.38, 0.01, 0.01, 0.03, 0.02],
    )

    def yes(share: float) -> np.ndarray:
        return np.where(random.random(count) < share, 1, 2)

    return Block(
        at,
        {
            "organisation_type": organisation,
            "ownership_type": np.where(organisation >= 6, random.integers(1, 6, count), 6),
            "company_units": random.geometric(0.75, count),
            "company_units_in_state": np.ones(count, dtype=np.int64),
            "first_production_year": end - age,
            "months_of_operation": np.where(days > 0, np.minimum(days // 30 + 1, 12), 0),
            "computerised_accounts": yes(0.6),
            "data_on_computer_media": yes(0.4),
            "plant_machinery_investment": random.integers(1, 7, count),
            "iso_certification": yes(0.05),
            "foreign_share": yes(0.04),
            "research_unit": random.choice([1, 2, 3], count, p=[0.02, 0.03, 0.95]),
            "formal_training": yes(0.2),
            "corporate_identification_number": np.full(count, "SYNTHETIC", dtype=object),
        },
    )


def fixed_assets(survey: Survey, amounts: Amounts) -> Block:
    """Block C: gross closing = opening + revaluation + addition - deduction; net = gross - wear.

    Depreciation to the end of the year = to its beginning + in the year - adjustment.
    """
    random, serials = survey.random("c"), serial_numbers(survey.year.row_scheme("c"))
    at = survey.first(min(survey.counts["b"], survey.counts["c"] // 3))
    assets = [role for role in ASSETS if role in serials]
    plan = plan_rows(
        random,
        at,
        serials,
        always={"plant_machinery": True, "sub_total": True, "total": True},
        likely={role: share for role in assets if (share := ASSETS[role][1])},
        records=survey.counts["c"],
    )
    present = plan.has(*assets)
    shape = present.shape
    shares = present * np.array([ASSETS[role][0] for role in assets])
    worn = present & ~np.isin(assets, NOT_WORN)
    weight = survey.factories.total_weight[at]
    net_closing = apportioned(
        amounts["fixed_capital"][at], shares * np.exp(random.normal(0, 0.5, shape))
    )
    year = calibrated(
        np.where(worn, net_closing * np.exp(random.normal(-2.3, 0.3, shape)), 0.0),
        weight,
        survey.targets["depreciation"],
        survey.limit,
    )
    sold = present & (random.random(shape) < 0.15)
    deduction = np.where(sold, net_closing // 50, 0)
    adjustment = np.where(worn, deduction // 2, 0)
    if "depreciation_adjustment" not in survey.columns["c"]:
        adjustment = np.zeros_like(adjustment)
    # additions less deductions make the published gross fixed capital formation
    formation = survey.targets["gross_fixed_capital_formation"]
    formation += (weight[:, None] * (deduction - adjustment)).sum()
    room = np.maximum((net_closing + year + deduction - adjustment) * 95 // 100, 0)
    bought = np.where(present, net_closing * np.exp(random.normal(-2.0, 0.8, shape)), 0.0)
    addition = np.minimum(calibrated(bought, weight, formation, survey.limit), room)
    revalued = present & (random.random(shape) < 0.004)
    revaluation = np.where(revalued, (room - addition) // 20, 0)
    wear = np.where(worn, net_closing * random.uniform(0.2, 0.9, shape), 0.0)
    depreciation_opening = np.rint(wear).astype(np.int64) + adjustment
    depreciation_closing = depreciation_opening + year - adjustment
    gross_closing = net_closing + depreciation_closing
    gross_opening = gross_closing - revaluation - addition + deduction
    totals = {
        "sub_total": [role for role in assets if role not in NOT_WORN],
        "total": assets,
    }
    values = {
        "gross_opening": gross_opening,
        "revaluation": revaluation,
        "addition": addition,
        "deduction": deduction,
        "gross_closing": gross_closing,
        "depreciation_opening": depreciation_opening,
        "depreciation_year": year,
        "depreciation_adjustment": adjustment,
        "depreciation_closing": depreciation_closing,
        "net_opening": gross_opening - depreciation_opening,
        "net_closing": net_closing,
    }
    return plan.block({name: plan.filled(assets, part, totals) for name, part in values.items()})


def working_capital(survey: Survey, amounts: Amounts) -> Block:
    """Block D: inventory, other current assets, liabilities, working capital and loans."""
    random, serials = survey.random("d"), serial_numbers(survey.year.row_scheme("d"))
    groups = [INVENTORY, CURRENT_ASSETS, LIABILITIES]
    kinds = {role: one for group in groups for role, one in group.items()}
    sums = ("sub_total", "total_inventory", "total_assets", "total_liabilities", "working_capital")
    always = [role for role, (_, likely) in kinds.items() if likely is None] + list(sums)
    at = survey.first(min(survey.counts["b"], survey.counts["d"] // len(always)))
    likely = {role: one[1] for role, one in kinds.items() if one[1]} | {"outstanding_loans": 1.5}
    plan = plan_rows(random, at, serials, dict.fromkeys(always, True), likely, survey.counts["d"])
    inventory = amounts["inventory"][at]
    stock, working = survey.national(inventory, at), survey.targets["working_capital"]

    def around(base: np.ndarray, sigma: float, total: float) -> np.ndarray:
        drawn = base * np.exp(random.normal(0, sigma, len(at)))
        return survey.scaled(drawn, at, total, least=10_000)

    current = around(inventory, 0.5, 0.9 * stock + 0.7 * max(working, 0))
    owed = around(inventory + current, 0.4, stock + survey.national(current, at) - working)
    lent = np.where(plan.has("outstanding_loans")[:, 0], amounts["outstanding_loans"][at], 0)
    lent = survey.scaled(lent, at, survey.targets["outstanding_loans"], least=1_000)
    parts = []
    for total, group in zip((inventory, current, owed), groups, strict=True):
        shares = plan.has(*group) * np.array([share for share, _ in group.values()])
        parts.append(apportioned(total, shares * np.exp(random.normal(0, 0.5, shares.shape))))
    closing = np.hstack([*parts, lent[:, None]])
    change = np.exp(random.normal(-0.08, 0.2, closing.shape))
    values = {"opening": np.rint(closing * change).astype(np.int64), "closing": closing}
    totals = {
        "sub_total": ["raw_materials", "fuels", "spares"],
        "total_inventory": list(INVENTORY),
        "total_assets": [*INVENTORY, *CURRENT_ASSETS],
        "total_liabilities": list(LIABILITIES),
    }
    columns = {}
    for name, part in values.items():
        full = plan.filled([*kinds, "outstanding_loans"], part, totals)
        assets, liabilities, difference = (
            plan.roles.index(role)
            for role in ("total_assets", "total_liabilities", "working_capital")
        )
        full[:, difference] = full[:, assets] - full[:, liabilities]
        columns[name] = full
    return plan.block(columns)


def expenses(survey: Survey, amounts: Amounts) -> Block:
    """Block F: one record for each return."""
    at = survey.first(survey.counts["f"])
    kinds = [name for name in sorted(survey.columns["f"]) if name in amounts]
    return Block(at, {name: amounts[name][at] for name in kinds})


def receipts(survey: Survey, amounts: Amounts) -> Block:
    """Block G: one record for each return that has other receipts."""
    at = amounts.with_receipts
    kinds = [name for name in sorted(survey.columns["g"]) if name in amounts]
    return Block(at, {name: amounts[name][at] for name in kinds})


def indigenous_inputs(survey: Survey, amounts: Amounts) -> Block:
    """Block H: basic items, chemicals, packing, consumables, electricity and fuels."""
    random = survey.random("h")
    serials = serial_numbers(survey.year.row_scheme("h"), FURTHER_ITEMS)
    named = items.named(serials)
    fuels = [role for role in FUELS if role in serials]
    kinds = OTHER_MATERIALS | FUELS
    always = ["named_1", "total_basic", "total_non_basic", "total_inputs"]
    always += [role for role, (_, likely) in kinds.items() if likely is None]
    likely = {role: one[1] for role, one in kinds.items() if one[1]} | WITHOUT_VALUE
    at = survey.producing[: survey.counts["h"] // len(always)]
    plan = plan_rows(
        random,
        at,
        serials,
        always=dict.fromkeys(always, True) | _further(random, named, len(at)),
        likely={role: weight for role, weight in likely.items() if role in serials},
        records=survey.counts["h"],
        chain=(named[1:], 1.5),
    )
    materials = [*named, *OTHER_MATERIALS]
    size = [BASIC[0]] + [BASIC[1]] * (len(named) - 1)
    size += [share for share, _ in OTHER_MATERIALS.values()]
    spent = amounts["materials"][at] - amounts["imports"][at]
    parts = []
    for total, roles, shares in (
        (spent, materials, size),
        (amounts["fuels"][at], fuels, [FUELS[role][0] for role in fuels]),
    ):
        shares = plan.has(*roles) * np.array(shares)
        parts.append(apportioned(total, shares * np.exp(random.normal(0, 0.6, shares.shape))))
    roles, basic = [*materials, *fuels], [*named, "other_basic"]
    value = plan.filled(
        roles,
        np.hstack(parts),
        {
            "total_basic": basic,
            "total_non_basic": [role for role in roles if role not in basic],
            "total_inputs": roles,
        },
    )
    block = plan.block({"purchase_value": value})
    items.describe_inputs(survey, "h", block, plan, random)
    return block


def imported_inputs(survey: Survey, amounts: Amounts) -> Block:
    """Block I: imported items; row 7 is the sum of all others."""
    random = survey.random("i")
    serials = serial_numbers(survey.year.row_scheme("i"), FURTHER_ITEMS)
    named = items.named(serials)
    at = np.flatnonzero(amounts["imports"])
    plan = plan_rows(
        random,
        at,
        serials,
        always={"named_1": True, "total": True} | _further(random, named, len(at)),
        likely={"other": 0.5},
        records=survey.counts["i"],
        chain=(named[1:], 0.8),
    )
    roles = [*named, "other"]
    shares = plan.has(*roles) * np.array([BASIC[0]] + [BASIC[1]] * (len(named) - 1) + [0.1])
    parts = apportioned(
        amounts["imports"][at], shares * np.exp(random.normal(0, 0.6, shares.shape))
    )
    order = None
    if survey.year.survey_year == "2023-24":  # the total row stands last in its return
        order = [role for role in serials if role != "total"] + ["total"]
    block = plan.block({"purchase_value": plan.filled(roles, parts, {"total": roles})}, order)
    items.describe_inputs(survey, "i", block, plan, random)
    return block


def products(survey: Survey, amounts: Amounts) -> Block:
    """Block J: ex-factory value = net rate x quantity manufactured; row 12 is the total."""
    random = survey.random("j")
    serials = serial_numbers(survey.year.row_scheme("j"), FURTHER_ITEMS)
    named = items.named(serials)
    at = survey.producing[: survey.counts["j"] // 2]
    plan = plan_rows(
        random,
        at,
        serials,
        always={"named_1": True, "total": True} | _further(random, named, len(at)),
        likely={"other": 0.12},
        records=survey.counts["j"],
        chain=(named[1:], 0.5),
    )
    roles = [*named, "other"]
    shares = plan.has(*roles) * np.array([BASIC[0]] + [BASIC[1]] * (len(named) - 1) + [0.05])
    wanted = apportioned(
        amounts["ex_factory_value"][at], shares * np.exp(random.normal(0, 0.6, shares.shape))
    )
    values = items.sales(survey, at, roles, wanted, random)
    full = {
        name: plan.filled(roles, part, {"total": roles} if name in items.ADDED_UP else None)
        for name, part in values.items()
    }
    block = plan.block(full)
    items.describe(survey, "j", block, plan)
    return block


def energy(survey: Survey, inputs: Block) -> Block:
    """Block H1 of the 2000-01 single file: energy, with serial numbers of its own.

    Row 1 is electricity generated and row 2 electricity consumed (so the import program of the
    release); what the other rows are is not documented, ours are invented. None of them is an
    input item, and nothing of this block adds to block H.
    """
    random, at = survey.random("h1"), np.unique(inputs.factory)
    rows = {f"row_{n}": n for n in range(1, 11)}
    likely = {role: 1.0 for role in rows if role != "row_2"}
    plan = plan_rows(random, at, rows, {"row_2": True}, likely, survey.counts["h1"])
    quantity = random.integers(100, 10_000_000, plan.present.shape)
    return plan.block(
        {"quantity": quantity * 100, "purchase_value": quantity * random.integers(1, 9)}
    )


def _further(random, named: list[str], count: int) -> dict[str, np.ndarray]:
    """A few returns name more items than the schedule has printed rows for."""
    further = [role for role in named if role.startswith("extra_")]
    if not further:
        return {}
    rich = np.zeros(count, dtype=bool)
    rich[random.permutation(count)[: max(1, round(count * RETURNS_WITH_FURTHER_ITEMS))]] = True
    return dict.fromkeys([*named[1 : -len(further)], *further[:2]], rich)
