"""Amounts of money of each return: output, receipts, inputs, expenses and capital, by kind.

Each is drawn around its industry's published averages and scaled to the national total of the
year, by the rule with which the official tables add it up (see truth.py).
"""

import numpy as np

from locus_pipeline.sample.asi.economy import industries
from locus_pipeline.sample.asi.official import division_totals
from locus_pipeline.sample.asi.survey import Survey

IMPORTED_ITEMS = 3.5  # rows of block I for each importing factory: 32,919 for 9,378 in 2022-23

# Receipts other than products, sale of goods resold and services: share of all of them, share of
# the factories that have them.
SMALL_RECEIPTS = {
    "electricity_sold": (0.02, 0.03),
    "own_construction": (0.01, 0.05),
    "rent_received_plant_machinery": (0.01, 0.04),
    "rent_received_building": (0.01, 0.06),
    "research_development": (0.02, 0.05),
}
IN_OUTPUT_FROM_2018_19 = ("rent_received_building", "research_development")
SERVICES = 0.5  # of what then remains; the other half is goods sold as they were bought

# Block F: share of all other inputs, spread (lognormal), share of the factories that have it.
EXPENSES = {
    "work_done_by_others": (0.24, 1.0, 0.45),
    "repair_building": (0.04, 0.8, 0.6),
    "repair_plant_machinery": (0.08, 0.7, 0.9),
    "repair_pollution_control": (0.01, 0.8, 0.08),
    "repair_other_assets": (0.05, 0.8, 0.7),
    "operating_expenses": (0.34, 0.6, 1.0),
    "non_operating_expenses": (0.19, 0.8, 0.95),
    "own_construction_materials": (0.02, 0.9, 0.05),
    "insurance": (0.03, 0.7, 0.8),
    "rent_plant_machinery": (0.02, 0.9, 0.1),
    "rent_building": (0.04, 0.8, 0.25),
}
IDLE_EXPENSES = 8_000  # rupees, of a return that doesn't produce
TOTAL_EXPENSES = tuple(name for name in EXPENSES if name != "rent_building")


class Amounts:
    """Kind of amount -> whole rupees of every return, zero for those that don't have it."""

    def __init__(self, survey: Survey):
        self.survey = survey
        self.random = survey.random("amounts")
        self._values: dict[str, np.ndarray] = {}
        division = division_totals(survey.year.survey_year)
        names = industries().division[survey.factories.industry[survey.producing]]

        def ratio(upper: str, lower: str) -> np.ndarray:
            ratios = {name: one[upper] / one[lower] for name, one in division.items()}
            return np.array([ratios[name] for name in names])

        self._products(ratio("total_output", "workers"), names, division)
        self._receipts()
        self._inputs(ratio("total_input", "total_output"))
        self._expenses()
        self._capital(ratio("fixed_capital", "total_output"))

    def __getitem__(self, kind: str) -> np.ndarray:
        return self._values[kind]

    def __contains__(self, kind: str) -> bool:
        return kind in self._values

    def _set(self, kind: str, values: np.ndarray, at: np.ndarray) -> None:
        self._values[kind] = np.zeros(len(self.survey.factories), dtype=np.int64)
        self._values[kind][at] = values

    def _drawn(self, base: np.ndarray, sigma: float, share: float = 1.0) -> np.ndarray:
        """Amounts around `base` that a share of the returns has."""
        drawn = base * np.exp(self.random.normal(0, sigma, len(base)))
        return np.where(self.random.random(len(base)) < share, drawn, 0.0)

    def _products(self, per_worker, names, division) -> None:
        """Ex-factory value: products and by-products, and what went to stock."""
        survey, at = self.survey, self.survey.producing
        raw = self._drawn(survey.factories.workers[at] ** 1.03 * per_worker, 0.7)
        now = survey.national(raw, at)
        total = sum(one["total_output"] for one in division.values())
        for name, one in division.items():  # near the published share of each division
            amount = survey.national(np.where(names == name, raw, 0.0), at)
            if amount > 0:
                raw[names == name] *= np.clip(one["total_output"] / total * now / amount, 0.2, 5.0)
        wanted = survey.targets["products_and_by_products"]
        wanted += survey.targets["addition_to_stock_finished"]
        self._set("ex_factory_value", survey.scaled(raw, at, wanted, least=50_000), at)
        self.output = self["ex_factory_value"][at].astype(float)

    def _receipts(self) -> None:
        """Block G, of the returns that have one: what published output leaves beside products."""
        survey, at, targets = self.survey, self.survey.producing, self.survey.targets
        # producing returns first, then others that respond
        turn = np.concatenate([self.random.permutation(at), survey.factories.order[len(at) :]])
        self.with_receipts = np.sort(turn[: survey.counts["g"]])
        base = np.where(np.isin(at, self.with_receipts), self.output, 0.0)
        noise = base * np.clip(self.random.normal(0, 0.01, len(at)), -0.03, 0.03)
        missing = targets["addition_to_stock_semi_finished"] - survey.national(noise, at)
        variation = np.rint(noise + base * missing / survey.national(base, at)).astype(np.int64)
        self._set("semi_finished_variation", variation, at)
        rest = targets["total_output"] - survey.national(self.output + variation, at)
        all_receipts = rest
        for kind, (share, having) in SMALL_RECEIPTS.items():
            amount = survey.scaled(self._drawn(base, 0.8, having), at, share * all_receipts)
            self._set(kind, amount, at)
            if survey.counts_building_rents or kind not in IN_OUTPUT_FROM_2018_19:
                rest -= survey.national(amount, at)
        sale = survey.scaled(self._drawn(base, 1.0, 0.14), at, (1 - SERVICES) * rest)
        rest -= survey.national(sale, at)
        margin = np.clip(self.random.normal(0.08, 0.08, len(at)), -0.15, 0.4)
        purchase = np.rint(sale * (1 - margin)).astype(np.int64)
        services = survey.scaled(self._drawn(base, 1.0, 0.4), at, rest)
        self._set("resale_sale_value", sale, at)
        self._set("resale_purchase_value", purchase, at)
        self._set("resale_net_balance", sale - purchase, at)
        self._set("income_from_services", services, at)
        self._set("non_manufacturing_services", services // 7, at)
        self._set("manufacturing_services", services - services // 7, at)
        land = self._drawn(base, 0.8, 0.02) * 0.002
        self._set("rent_received_land", np.rint(land).astype(np.int64), at)
        subsidies = np.rint(self._drawn(base, 0.8, 0.08) * 0.006).astype(np.int64)
        self._set("subsidies", subsidies, at)
        self._set("production_subsidies", subsidies, at)
        interest = 500 + self.random.exponential(40_000, len(self.with_receipts))
        self._set("interest_received", interest.astype(np.int64), self.with_receipts)
        self._values["total_receipts"] = np.add.reduce([
            self[kind]
            for kind in (
                "income_from_services", "semi_finished_variation", "electricity_sold",
                "own_construction", "resale_net_balance", "rent_received_plant_machinery",
            )
        ])  # fmt: skip

    def _inputs(self, input_share: np.ndarray) -> None:
        """Materials (own and imported) and fuels, as blocks H and I have them."""
        survey, at, targets = self.survey, self.survey.producing, self.survey.targets
        materials = survey.scaled(
            self._drawn(self.output * input_share, 0.12), at, targets["materials_consumed"], 20_000
        )
        fuels = survey.scaled(
            self._drawn(self.output, 0.7), at, targets["fuels_consumed"], least=5_000
        )
        self._set("materials", materials, at)
        self._set("fuels", fuels, at)
        importing = max(1, round(survey.counts["i"] / IMPORTED_ITEMS))
        importers = np.sort(self.random.permutation(len(at))[:importing])
        share = np.zeros(len(at))
        share[importers] = np.clip(self.random.beta(1.2, 2.0, len(importers)), 0.05, 0.9)
        self._set("imports", np.rint(materials * share).astype(np.int64), at)

    def _expenses(self) -> None:
        """Block F: what published input leaves after materials, fuels and goods resold."""
        survey, at, targets = self.survey, self.survey.producing, self.survey.targets
        kept = survey.columns["f"]
        shares = dict(EXPENSES)
        for kind in ("repair_plant_machinery", "repair_pollution_control"):
            if kind not in kept:  # its share is in the one item of other repairs
                share, sigma, having = shares["repair_other_assets"]
                shares["repair_other_assets"] = (share + shares.pop(kind)[0], sigma, having)
        shares = {kind: one for kind, one in shares.items() if kind in kept}
        outside = set() if survey.counts_building_rents else {"rent_building"}
        rest = targets["total_input"] - survey.national(
            (self["materials"] + self["fuels"] + self["resale_purchase_value"])[at], at
        )
        if not survey.prints_totals:  # from 2015-16 research counts and insurance does not
            outside.add("insurance")
            rest -= survey.national(self["research_development"][at], at)
        whole = sum(share for kind, (share, _, _) in shares.items() if kind not in outside)
        for kind, (share, sigma, having) in shares.items():
            raw = self._drawn(self.output, sigma, having)
            self._set(kind, survey.scaled(raw, at, share / whole * rest), at)
        # every return with a block F has operating expenses, also those that don't produce
        payers = survey.first(survey.counts["f"])
        spent = self["operating_expenses"] + IDLE_EXPENSES
        rest = survey.national(self["operating_expenses"][at], at)
        self._set("operating_expenses", survey.scaled(spent[payers], payers, rest, 1_000), payers)
        # published rents are those outside input
        rents = {"rent_land": 1.0} if survey.counts_building_rents else {
            "rent_building": 0.7, "rent_land": 0.3,
        }  # fmt: skip
        for kind, share in rents.items():
            raw = self._drawn(self.output, 0.9, 0.08 if kind == "rent_land" else 0.25)
            self._set(kind, survey.scaled(raw, at, share * targets["rent_paid"]), at)
        raw = self._drawn(self.output, 0.9, 0.85)
        self._set("interest_paid", survey.scaled(raw, at, targets["interest_paid"], 100), at)
        for kind, share in (("inward_transport", 0.01), ("outward_transport", 0.012)):
            raw = self._drawn(self.output, 0.5, 0.65) * share
            self._set(kind, np.rint(raw).astype(np.int64), at)
        none = np.zeros(len(survey.factories), dtype=np.int64)
        self._values["total_expenses"] = none + sum(
            self[kind] for kind in TOTAL_EXPENSES if kind in self
        )

    def _capital(self, intensity: np.ndarray) -> None:
        """Fixed capital, inventory and loans of all returns that respond."""
        survey, at, targets = self.survey, self.survey.producing, self.survey.targets
        holders = survey.first(survey.counts["b"])

        def held(base: np.ndarray, sigma: float, usual: float, total: float, least: float):
            raw = np.zeros(len(survey.factories))
            raw[at] = self._drawn(base, sigma)
            raw[holders] += usual * np.exp(self.random.normal(0, 1, len(holders)))
            return survey.scaled(raw[holders], holders, total, least)

        fixed = targets["fixed_capital"]
        inventory = targets["invested_capital"] - fixed
        wealth = self.output * intensity
        self._set("fixed_capital", held(wealth, 0.8, 3e5, fixed, 50_000), holders)
        self._set("inventory", held(self.output, 0.5, 1e5, inventory, 10_000), holders)
        loans = targets["outstanding_loans"]
        self._set("outstanding_loans", held(self.output, 0.9, 1e5, loans, 1_000), holders)
