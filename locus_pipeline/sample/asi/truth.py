"""What a pipeline must find in a synthetic release, computed from the writer's own factories.

Nothing of the reader or of dbt is used: only the arrays whose values were written.

The methodology's variables, of open returns (status of unit 1) only:

units                    number of units that the return covers (A11)
production_workers       persons: direct male, female, child or other, and through contractors
skilled_workers          persons: supervisory and managerial staff, other employees
total_employees          production workers, skilled workers and unpaid family members
*_wages                  wages and salaries of the same rows
total_output             J total row ex-factory value + receipts of block G: items 1 to 6 to 2014-15
                         (what the printed total adds up), the same kinds from 2015-16: services
                         (manufacturing and other), electricity sold, own construction, net balance
                         of goods resold, rent for plant and machinery, variation in stock of
                         semi-finished goods
total_input              materials (H total of basic items, chemicals, packing, consumables; I
                         total) + fuels (H electricity purchased, petrol and diesel, coal, gas,
                         other fuel) + other inputs (F1, F2 all repairs, F3, F4, F5, F6)
gross_value_added        total_output - total_input

The official tables' own form, of the statuses in economy.TOTAL_STATUSES:

                 output                                       input
to 2014-15       J13 + G1 + G2 + G3 + G4 + G6 + G11           H + I + F1..F6 + F11
2015-16..17-18   J13 + G1 + G2 + G3 + G4 + G6 + G7 + G11      H + I + F1..F4 + F6 + F7 + F11
from 2018-19     the same + G8 + F7                           the same + F8

H and I are their total rows; G11 is the sale value of goods resold (G12 in 2008-09 and 2009-10).
"""

import numpy as np

from locus_pipeline.sample.asi.labels import Labels
from locus_pipeline.sample.asi.official import figure
from locus_pipeline.sample.asi.rows import Block
from locus_pipeline.sample.asi.survey import Survey

PRODUCTION = ("male_direct", "female_direct", "child_direct", "other_direct", "contract")
SKILLED = ("supervisory", "other_employees")
FUELS = ("electricity_purchased", "petrol_diesel", "coal", "gas", "other_fuel")
MATERIALS = ("total_basic", "chemicals", "packing", "consumables")
EXPENSES = (
    "work_done_by_others", "repair_building", "repair_plant_machinery", "repair_pollution_control",
    "repair_other_assets", "operating_expenses", "non_operating_expenses",
    "own_construction_materials", "rent_plant_machinery",
)  # fmt: skip
RECEIPTS = (
    "income_from_services", "manufacturing_services", "non_manufacturing_services",
    "semi_finished_variation", "electricity_sold", "own_construction",
    "rent_received_plant_machinery",
)  # fmt: skip


class Ledger:
    """Sums of the written rows for each return."""

    def __init__(self, survey: Survey, blocks: dict[str, Block]):
        self.survey, self.blocks = survey, blocks

    def rows(self, block: str, column: str, *roles: str) -> np.ndarray:
        """The column's sum over rows of the given roles."""
        scheme, written = self.survey.year.row_scheme(block), self.blocks[block]
        serials = [serial for role in roles if (serial := scheme.serial(role)) is not None]
        where = np.isin(written.columns["serial_number"], serials)
        return self._sum(written.factory[where], written.columns.get(column), where)

    def items(self, block: str, *columns: str) -> np.ndarray:
        """The sum of columns of a block with one row for each return; absent ones are zero."""
        written = self.blocks[block]
        return np.add.reduce(
            [
                self._sum(written.factory, written.columns.get(column), slice(None))
                for column in columns
            ]
        )

    def _sum(self, factory: np.ndarray, values: np.ndarray | None, where) -> np.ndarray:
        count = len(self.survey.factories)
        if values is None:
            return np.zeros(count)
        return np.bincount(factory, values[where], count)


def measures(ledger: Ledger) -> dict[str, np.ndarray]:
    """The methodology's variables of every return."""
    rows, items = ledger.rows, ledger.items
    everybody = (*PRODUCTION, *SKILLED, "unpaid_family")
    values = {
        "units": ledger.survey.factories.units.astype(float),
        "production_workers": rows("e", "persons", *PRODUCTION),
        "skilled_workers": rows("e", "persons", *SKILLED),
        "total_employees": rows("e", "persons", *everybody),
        "production_worker_wages": rows("e", "wages", *PRODUCTION),
        "skilled_worker_wages": rows("e", "wages", *SKILLED),
        "total_employee_wages": rows("e", "wages", *everybody),
        "total_output": rows("j", "ex_factory_value", "total")
        + items("g", *RECEIPTS, "resale_net_balance"),
        "total_input": rows("h", "purchase_value", *MATERIALS, *FUELS)
        + rows("i", "purchase_value", "total")
        + items("f", *EXPENSES, "insurance"),
    }
    values["gross_value_added"] = values["total_output"] - values["total_input"]
    return values


def official_variables(ledger: Ledger) -> dict[str, np.ndarray]:
    """The official tables' variables of every return, in rupees and numbers."""
    rows, items, survey = ledger.rows, ledger.items, ledger.survey
    output = rows("j", "ex_factory_value", "total") + items("g", *RECEIPTS, "resale_sale_value")
    used = (
        rows("h", "purchase_value", "total_inputs")
        + rows("i", "purchase_value", "total")
        + items("f", *EXPENSES, "resale_purchase_value")
    )
    used += items("f", "insurance" if survey.prints_totals else "research_development")
    if survey.counts_building_rents:
        output += items("g", "rent_received_building") + items("f", "research_development")
        used += items("f", "rent_building")
    net_sales = (
        rows("j", "gross_sale_value", "total")
        + rows("j", "subsidy", "total")
        - sum(
            rows("j", column, "total")
            for column in (
                "excise_duty", "sales_tax", "goods_and_services_tax", "other_taxes",
                "other_expenses",
            )
        )
    )  # fmt: skip
    persons = rows("e", "persons", "total")
    depreciation = rows("c", "depreciation_year", "total")
    fixed = rows("c", "net_closing", "total")

    def charge(name: str) -> np.ndarray:
        return items("a", name) + rows("e", name, "total", "social_charges")

    return {
        "workers": rows("e", "persons", "workers"),
        "total_persons_engaged": persons,
        "employees": persons - rows("e", "persons", "unpaid_family"),
        "wages_to_workers": rows("e", "wages", "workers"),
        "total_emoluments": rows("e", "wages", "total") + charge("bonus"),
        "provident_and_other_funds": charge("provident_fund"),
        "welfare_expenses": charge("welfare"),
        "total_output": output,
        "total_input": used,
        "gross_value_added": output - used,
        "net_value_added": output - used - depreciation,
        "depreciation": depreciation,
        "products_and_by_products": net_sales,
        "materials_consumed": rows("h", "purchase_value", *MATERIALS)
        + rows("i", "purchase_value", "total"),
        "fuels_consumed": rows("h", "purchase_value", *FUELS),
        "fixed_capital": fixed,
        "invested_capital": fixed + rows("d", "closing", "total_inventory"),
        "working_capital": rows("d", "closing", "working_capital"),
        "outstanding_loans": rows("d", "closing", "outstanding_loans"),
        "interest_paid": items("f", "interest_paid"),
    }


def tell(survey: Survey, blocks: dict[str, Block], labels: Labels, records: dict[str, int]) -> dict:
    """The truth file: records, sums of the open returns by group, official figures."""
    ledger, factories = Ledger(survey, blocks), survey.factories
    values = {"returns": np.ones(len(factories))} | measures(ledger)
    weight = labels.weight

    def group(*keys: np.ndarray) -> list[dict]:
        return _sums(values, weight, np.flatnonzero(factories.open), keys)

    sums = {
        name: float((weight * values)[factories.totalled].sum())
        for name, values in official_variables(ledger).items()
    }
    units = weight * factories.units
    sums["number_of_factories"] = float(units[factories.counted].sum())
    return {
        "survey_year": survey.year.survey_year,
        "records": records,
        "measures": list(values),
        "national": group()[0],
        "by_state": group(labels.state_code),
        "by_state_and_nic": group(labels.state_code, labels.nic_return),
        "official": {name: _compared(survey, name, value) for name, value in sums.items()},
    }


def _compared(survey: Survey, variable: str, computed: float) -> dict[str, float | None]:
    """A figure beside the published one and the one that it was calibrated to."""
    wanted = survey.targets.get(variable)
    difference = 100 * (computed - wanted) / wanted if wanted else None
    return {
        "computed": computed,
        "published": figure(survey.year.survey_year, variable),
        "calibrated_to": wanted,
        "difference_pct": difference,
    }


def _sums(
    values: dict[str, np.ndarray], weight: np.ndarray, at: np.ndarray, keys: tuple[np.ndarray, ...]
) -> list[dict]:
    """For each combination of the keys, in order: actual and estimated sums over returns `at`."""
    texts = [key[at] for key in keys]
    combined = ["\t".join(parts) for parts in zip(*texts, strict=True)] if keys else [""] * len(at)
    groups, group = np.unique(combined, return_inverse=True)
    actual = [np.bincount(group, values[at], len(groups)) for values in values.values()]
    estimated = [
        np.bincount(group, (values * weight)[at], len(groups)) for values in values.values()
    ]
    return [
        {
            "key": name.split("\t") if keys else [],
            "actual": [float(sums[number]) for sums in actual],
            "estimated": [float(sums[number]) for sums in estimated],
        }
        for number, name in enumerate(groups.tolist())
    ]
