"""Writes synthetic FACTS rounds: sixty clusters in real places of India, with invented figures.

Nothing in them was observed. The files are the templates, filled; a few rows are wrong as real ones
are, some clusters lack an association, some have too small a sample, some answer from memory, and
in some most units do not consent. The same seed writes the same answers.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from locus_pipeline.asi.release import SYNTHETIC_MARKER
from locus_pipeline.rounds.items import SIZE_CLASSES, load_items
from locus_pipeline.rounds.round import ROUND_FILE
from locus_pipeline.rounds.templates import write_schedule
from locus_pipeline.rounds.withdrawal import WITHDRAWN_FILE
from locus_pipeline.sample.registry import Described, write_sample_registry

FIRST_YEAR = 2024  # the financial year of the first round begins in it
# name, state code, district, latitude, longitude, trade
PLACES = """
Chanderi handloom,23,Ashoknagar,24.72,78.13,handloom
Maheshwar handloom,23,Khargone,22.18,75.59,handloom
Varanasi silk handloom,09,Varanasi,25.32,82.99,handloom
Kanchipuram silk handloom,33,Kancheepuram,12.83,79.70,handloom
Pochampally ikat,36,Yadadri Bhuvanagiri,17.35,78.82,handloom
Sualkuchi silk,18,Kamrup,26.17,91.57,handloom
Bargarh handloom,21,Bargarh,21.33,83.62,handloom
Santipur handloom,19,Nadia,23.25,88.43,handloom
Kullu shawls,02,Kullu,31.96,77.11,handloom
Imphal handloom,14,Imphal East,24.81,93.95,handloom
Bhagalpur silk,10,Bhagalpur,25.24,86.98,handloom
Barabanki handloom,09,Barabanki,26.93,81.19,handloom
Agra footwear,09,Agra,27.18,78.01,leather
Kanpur leather,09,Kanpur Nagar,26.45,80.33,leather
Ambur leather,33,Tirupathur,12.79,78.72,leather
Vaniyambadi leather,33,Tirupathur,12.68,78.62,leather
Kolkata leather,19,South 24 Parganas,22.49,88.52,leather
Jalandhar leather,03,Jalandhar,31.33,75.58,leather
Dharavi leather,27,Mumbai Suburban,19.04,72.85,leather
Rajkot foundry,24,Rajkot,22.30,70.80,foundry
Kolhapur foundry,27,Kolhapur,16.70,74.24,foundry
Coimbatore foundry,33,Coimbatore,11.02,76.96,foundry
Howrah foundry,19,Howrah,22.59,88.31,foundry
Batala foundry,03,Gurdaspur,31.82,75.20,foundry
Belagavi foundry,29,Belagavi,15.85,74.50,foundry
Samalkha foundry,06,Panipat,29.23,77.01,foundry
Ludhiana bicycles,03,Ludhiana,30.90,75.86,engineering
Pune auto components,27,Pune,18.52,73.86,engineering
Jamshedpur engineering,20,East Singhbhum,22.80,86.20,engineering
Aligarh locks,09,Aligarh,27.88,78.08,engineering
Jamnagar brass parts,24,Jamnagar,22.47,70.06,engineering
Hosur engineering,33,Krishnagiri,12.74,77.83,engineering
Peenya machine tools,29,Bengaluru Urban,13.03,77.52,engineering
Adityapur auto components,20,Seraikela Kharsawan,22.78,86.15,engineering
Yamunanagar utensils,06,Yamunanagar,30.13,77.27,engineering
Nalagarh engineering,02,Solan,31.04,76.72,engineering
Guntur chilli processing,28,Guntur,16.31,80.44,food
Nashik grape processing,27,Nashik,20.00,73.79,food
Alappuzha seafood,32,Alappuzha,9.50,76.34,food
Ratlam namkeen,23,Ratlam,23.33,75.04,food
Muzaffarpur litchi,10,Muzaffarpur,26.12,85.39,food
Karnal rice mills,06,Karnal,29.69,76.99,food
Raipur rice mills,22,Raipur,21.25,81.63,food
Bikaner bhujia,08,Bikaner,28.02,73.31,food
Kollam cashew,32,Kollam,8.89,76.61,food
Jorhat tea,18,Jorhat,26.75,94.20,food
Tiruppur knitwear,33,Tiruppur,11.11,77.34,garments
Ludhiana knitwear,03,Ludhiana,30.91,75.85,garments
Bengaluru garments,29,Bengaluru Urban,12.97,77.59,garments
Jaipur garments,08,Jaipur,26.91,75.79,garments
Surat powerloom,24,Surat,21.17,72.83,garments
Ichalkaranji powerloom,27,Kolhapur,16.69,74.46,garments
Moradabad brassware,09,Moradabad,28.84,78.77,handicraft
Saharanpur wood carving,09,Saharanpur,29.97,77.55,handicraft
Channapatna toys,29,Ramanagara,12.65,77.21,handicraft
Khurja pottery,09,Bulandshahr,28.25,77.85,handicraft
Bidar bidri ware,29,Bidar,17.91,77.52,handicraft
Jodhpur wooden furniture,08,Jodhpur,26.24,73.02,handicraft
Agartala bamboo craft,16,West Tripura,23.83,91.28,handicraft
Bhadohi carpets,09,Bhadohi,25.39,82.57,handicraft
"""


@dataclass(frozen=True)
class Trade:
    """Invented usual figures of a trade: money in rupees for a person and year, shares 0-1."""

    cluster_type: str
    nic_codes: str
    benchmark_cluster_code: str
    persons: float
    output: float
    value_added: float
    wage: float
    capital: float
    women: float
    exports: float


TRADES = {
    "handloom": Trade(
        "handloom", "13121=0.8;13122=0.2", "42", 5, 2.2e5, 0.45, 7.0e4, 0.6e5, 0.52, 0.06
    ),
    "leather": Trade(
        "industrial", "15201=0.6;15122=0.3", "19", 22, 7.0e5, 0.28, 1.3e5, 1.9e5, 0.3, 0.35
    ),
    "foundry": Trade("industrial", "24319=0.9", "47", 30, 1.4e6, 0.24, 1.8e5, 5.5e5, 0.06, 0.12),
    "engineering": Trade(
        "industrial", "28229=0.5;29301=0.4", "40", 28, 1.3e6, 0.3, 2.0e5, 5.0e5, 0.1, 0.15
    ),
    "food": Trade(
        "micro_enterprise", "10795=0.6;10304=0.3", "18", 14, 1.1e6, 0.16, 1.1e5, 2.6e5, 0.4, 0.1
    ),
    "garments": Trade(
        "industrial", "14101=0.7;13911=0.2", "3", 26, 6.0e5, 0.3, 1.25e5, 1.6e5, 0.55, 0.3
    ),
    "handicraft": Trade(
        "handicraft", "31001=0.5;32120=0.3", "21", 7, 3.2e5, 0.42, 9.0e4, 0.8e5, 0.3, 0.3
    ),
}
# Size class -> how much larger than the trade's usual unit, its share of the list.
SIZES = {"micro": (0.5, 0.62), "small": (1.8, 0.28), "medium": (5.0, 0.08), "large": (14.0, 0.02)}
# Which clusters, counted from 0, have which weakness; most have none.
NO_ASSOCIATION = range(3, 60, 12)
UNDER_SAMPLED = range(5, 60, 13)
UNRELIABLE = range(8, 60, 14)
NO_CONSENT = range(10, 60, 25)
WORKBOOK_EVERY = 20  # units of these clusters are written as XLSX, of the others as CSV


def write_sample_rounds(folder: Path, rounds: int = 1, seed: int = 7) -> list[str]:
    """Write `rounds` yearly rounds below a folder (LOCUS_HOME/facts); returns their names.

    The units of a later round are those of the first, with a year's growth. Replaces rounds that it
    wrote before, and no others: raises FileExistsError where a folder holds something else.
    """
    keys = []
    for number in range(rounds):
        year = FIRST_YEAR + number
        period = f"{year}-{(year + 1) % 100:02d}"
        target = folder / f"{period}-sample"
        if target.exists():
            if not (target / SYNTHETIC_MARKER).is_file():
                raise FileExistsError(f"{target} is no sample of ours; move it away")
            shutil.rmtree(target)
        target.mkdir(parents=True)
        (target / SYNTHETIC_MARKER).write_text(json.dumps({"seed": seed}) + "\n")
        _write_round(target, period, number, seed)
        keys.append(target.name)
    return keys


def _write_round(target: Path, period: str, number: int, seed: int) -> None:
    year = FIRST_YEAR + number + 1
    clusters, associations, described = [], [], []
    for place, line in enumerate(PLACES.strip().splitlines()):
        # what a cluster is comes from the seed alone: later rounds meet the same cluster
        rng = np.random.default_rng([seed, place])
        profile = _Cluster(place, line, rng)
        clusters.append(profile.cluster_row(year))
        associations.append(profile.association_row(year))
        described.append(profile.described(associations[-1]))
        units = list(profile.unit_rows(year, number, seed))
        suffix = "xlsx" if place % WORKBOOK_EVERY == 0 else "csv"
        write_schedule(target / f"unit-{profile.cluster_id[6:-3]}.{suffix}", "unit", units)
    write_schedule(target / "cluster.xlsx", "cluster", clusters)
    write_schedule(target / "association.csv", "association", associations)
    write_sample_registry(target / "registry.xlsx", described, seed)
    (target / WITHDRAWN_FILE).write_text(f"unit_id\n{_udyam(23, 1, 2)}\n", encoding="utf-8")
    facts = {
        "title": f"Synthetic round {period}",
        "period": period,
        "agency": "Locus sample writer",
        "controller": "Locus sample writer",
        "collection_mode": "fresh_facts",
        "collected_from": f"{year}-04-15",
        "collected_to": f"{year}-07-31",
        "is_synthetic": True,
    }
    (target / ROUND_FILE).write_text(yaml.safe_dump(facts, sort_keys=False), encoding="utf-8")


def _ticked(prefix: str, count: int) -> dict[str, int]:
    """The first services of a list ticked, the others not."""
    names = [
        item.name
        for item in load_items("association")
        if item.kind == "flag" and item.name.startswith(prefix)
    ]
    return {name: int(at < count) for at, name in enumerate(names)}


def _communities(persons: int) -> dict[str, int]:
    """Persons of three communities, which make a half, a fifth and the rest of them."""
    castes, tribes = persons // 2, persons // 5
    return {
        "persons_sc": castes,
        "persons_st": tribes,
        "persons_minority": persons - castes - tribes,
    }


def _udyam(state: int, place: int, unit: int) -> str:
    return f"UDYAM-SY-{state:02d}-{place:03d}{unit:04d}"


class _Cluster:
    """One invented cluster: `strength` moves all that its units and its association do."""

    def __init__(self, place: int, line: str, rng: np.random.Generator):
        self.name, self.state, self.district, latitude, longitude, trade = line.split(",")
        self.place, self.rng, self.trade = place, rng, TRADES[trade]
        self.trade_number = list(TRADES).index(trade)
        self.latitude, self.longitude = float(latitude), float(longitude)
        slug = self.name.lower().replace(" ", "-")
        self.cluster_id = f"IN-{self.state}-{slug}-01"
        self.strength = rng.normal(0, 1)
        self.has_association = place not in NO_ASSOCIATION
        self.units = int(rng.integers(180, 420))
        member_share = float(rng.uniform(0.25, 0.7)) if self.has_association else 0.0
        self.frame = {}
        for size in SIZE_CLASSES:
            listed = round(self.units * SIZES[size][1])
            members = round(listed * member_share)
            self.frame[size, 1], self.frame[size, 0] = members, listed - members
        self.sampled = 12 if place in UNDER_SAMPLED else max(32, -(-self.units // 10))

    def cluster_row(self, year: int) -> dict[str, object]:
        rng, up = self.rng, self._up
        place, product = self.name.split(" ", 1)
        stages = int(rng.integers(6, 12))
        plots = int(rng.integers(40, 400))
        effluent = round(float(rng.uniform(50, 900)))
        registered = self.units - round(self.units * float(rng.uniform(0.05, 0.5)))
        persons = round(self.units * self.trade.persons * 1.1)
        gva = round(persons * self.trade.output * self.trade.value_added / 1e5)
        row = {
            "cluster_id": self.cluster_id,
            "cluster_name": self.name,
            "product": product,
            "place": place,
            "state_code": self.state,
            "districts": self.district,
            "reference_year": year,
            "respondent": "several",
            "source": "Invented; no register was read",
            "cluster_type": self.trade.cluster_type,
            "setting": str(rng.choice(["rural", "urban", "mixed"])),
            "nic_codes": self.trade.nic_codes,
            "benchmark_cluster_code": self.trade.benchmark_cluster_code,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "area_km2": round(float(rng.uniform(5, 300)), 1),
            "median_distance_km": round(float(rng.uniform(1, 12)), 1),
            "units_functioning": sum(self.frame.values()),
            "units_registered": registered,
            "units_started": round(self.units * up(0.12)),
            "persons_estimate": persons,
            "cluster_gva": gva,
            "district_gva": round(gva * float(rng.uniform(3, 30))),
            "stages_present": round(stages * up(0.6)),
            "stages_standard": stages,
            "past_interventions": "Invented agency | Invented scheme | 2018-2021 | 120 | no",
            "patents_filed": int(rng.poisson(1 + up(0.5))),
            "designs_filed": int(rng.poisson(1)),
            "power_hours": round(24 * up(0.8), 1),
            "highway_minutes": round(float(rng.uniform(5, 90))),
            "port_hours": round(float(rng.uniform(1, 24)), 1),
            "plots": plots,
            "plots_vacant": round(plots * float(rng.uniform(0, 0.4))),
            "laboratories": int(rng.poisson(2)),
            "effluent_generated": effluent,
            "effluent_treated": round(effluent * up(0.6)),
            "bank_branches": int(rng.integers(3, 40)),
            "state_cluster_policy": int(int(self.state) % 3 > 0),
        }
        for size in SIZE_CLASSES:
            row[f"frame_{size}_members"] = self.frame[size, 1]
            row[f"frame_{size}_others"] = self.frame[size, 0]
        for kind in ("academic", "technology", "export", "ngo", "bds"):
            row[f"organisations_{kind}"] = int(rng.poisson(2))
        for name in (
            "tool_room", "warehouse", "exhibition_space", "raw_material_depot", "marketing_outlet",
        ):  # fmt: skip
            row[name] = int(rng.random() < up(0.5))
        return row

    def association_row(self, year: int) -> dict[str, object]:
        rng, up = self.rng, self._up
        row: dict[str, object] = {"cluster_id": self.cluster_id, "reference_year": year}
        if not self.has_association:
            items = [item for item in load_items("association") if not item.is_key]
            row |= dict.fromkeys((item.name for item in items if item.required), -6)
            return row | {
                "association_exists": 0,
                "units_in_cluster": sum(self.frame.values()),
                "members": 0,
            }
        units = sum(self.frame.values())
        members = sum(count for (_, member), count in self.frame.items() if member)
        seats = int(rng.integers(7, 18))
        income = round(float(rng.uniform(3, 60)), 1)
        hours = int(rng.integers(2000, 9000))
        spend, sanctioned = float(rng.uniform(20, 400)), float(rng.uniform(50, 900))
        row |= {
            "association_exists": 1,
            "association_name": f"Invented association of {self.name}",
            "data_sharing_agreement": int(rng.random() < 0.95),
            "year_registered": int(rng.integers(1965, 2020)),
            "units_in_cluster": units,
            "members": members,
            "staff_fte": round(5 * up(0.5), 1),
            "board_seats": seats,
            "board_seats_inclusive": round(seats * up(0.25)),
            "income": income,
            "income_own": round(income * up(0.5), 1),
            "services_offered": round(12 * up(0.5)),
            "quality_label": round(3 * up(0.3)),
            "cluster_brand": int(rng.integers(0, 3)),
            "institute_mous": int(rng.poisson(2)),
            "cfc_services": round(10 * up(0.4)),
            "cfc_hours_available": hours,
            "cfc_hours_used": round(hours * up(0.55)),
            "joint_investment": round(units * up(0.4), 1),
            "local_networks": int(rng.poisson(6)),
            "activity_cells": round(15 * up(0.4)),
            "development_spend": round(spend, 1),
            "development_spend_stakeholders": round(spend * up(0.35), 1),
            "joint_activities": int(rng.poisson(2)),
            "scheme_sanctioned": round(sanctioned, 1),
            "scheme_spent": round(sanctioned * up(0.6), 1),
        }
        for count, prefix in (("services_offered", "service_"), ("cfc_services", "cfc_")):
            row |= _ticked(prefix, int(str(row[count])))
        for name in ("units_joint_purchase", "units_joint_marketing", "units_shared_facility"):
            row[name] = round(members * up(0.3))
        for name in (
            "manager_named", "manager_qualified", "board_elected", "agm_held", "accounts_audited",
            "minutes_open",
        ):  # fmt: skip
            row[name] = int(rng.random() < up(0.8))
        return row

    def described(self, association: dict[str, object]) -> Described:
        """What the sheets of the registry rest on."""
        trade = next(name for name, trade in TRADES.items() if trade is self.trade)
        members = {size: self.frame[size, 1] for size in SIZE_CLASSES}
        return Described(self.place, self.cluster_id, self.name, trade, association, members)

    def unit_rows(self, year: int, number: int, seed: int) -> Iterator[dict[str, object]]:
        """The sampled units; a few of them with what goes wrong in the field."""
        strata = [(size, member) for size in SIZE_CLASSES for member in (1, 0)]
        listed = np.array([self.frame[stratum] for stratum in strata])
        drawn = np.minimum(
            listed, np.maximum((listed > 0) * 2, listed * self.sampled // listed.sum())
        )
        serial = 0
        for (size, member), count in zip(strata, drawn, strict=True):
            for _ in range(int(count)):
                serial += 1
                rng = np.random.default_rng([seed, self.place, serial])
                yield self._unit(serial, size, member, year, number, rng)
        if self.place == 0:
            rng = np.random.default_rng([seed, self.place, 10_000])
            again = self._unit(1, "micro", 1, year, number, rng)
            negative = self._unit(9_001, "micro", 0, year, number, rng) | {"persons": -3}
            yield from (again, negative)

    def _unit(
        self, serial: int, size: str, member: int, year: int, number: int, rng: np.random.Generator
    ) -> dict[str, object]:
        trade, up = self.trade, self._up
        persons = max(1, round(trade.persons * SIZES[size][0] * float(rng.lognormal(0, 0.35))))
        started = int(rng.integers(1975, FIRST_YEAR - 2))
        lift = float(np.exp(0.15 * self.strength + rng.normal(0, 0.25)))
        growth = 1 + float(rng.normal(0.05 + 0.02 * self.strength, 0.05))
        output = round(persons * trade.output * lift * growth**number)
        added = round(output * trade.value_added * float(rng.uniform(0.85, 1.15)))
        inputs = output - added
        materials, fuel = round(inputs * 0.7), round(inputs * 0.12)
        sales = round(output * 0.97)
        exporter = rng.random() < trade.exports
        family = min(persons, 2 if size == "micro" else 1)
        contract = round((persons - family) * float(rng.uniform(0, 0.3)))
        staff = round((persons - family) * 0.15)
        direct = persons - family - contract - staff
        by_type = {
            "direct_workers": direct,
            "contract_workers": contract,
            "salaried_staff": staff,
            "family_workers": family,
        }
        women = {f"{kind}_women": round(count * trade.women) for kind, count in by_type.items()}
        wages = {
            "wages_direct_workers": round(direct * trade.wage * lift),
            "wages_contract_workers": round(contract * trade.wage * 0.8),
            "wages_salaried_staff": round(staff * trade.wage * 1.9),
        }
        paid = sum(wages.values())
        capital = round(persons * trade.capital * float(rng.uniform(0.6, 1.5)))
        plant = round(capital * 0.9)
        stock = materials * 40 // 365
        current = round(output * 0.3)
        borrows = rng.random() < up(0.6)
        loans = round(capital * 0.5) if borrows else 0
        from_memory = self.place in UNRELIABLE
        grades = [0.1, 0.2, 0.7] if from_memory else [0.75, 0.2, 0.05]
        consents = not (self.place in NO_CONSENT and rng.random() < 0.7)
        row: dict[str, object] = {
            "cluster_id": self.cluster_id,
            "unit_id": _udyam(int(self.state), self.place, serial),
            "consent": int(consents),
            "reference_year": year,
            "size_class": size,
            "association_member": member,
            "reliability": str(rng.choice(["A", "B", "C"], p=grades)),
            "legal_form": str(rng.choice(LEGAL_FORMS, p=[0.6, 0.25, 0.15])),
            "year_started": started,
            "entrepreneur_sex": str(rng.choice(["woman", "man"], p=[0.2, 0.8])),
            "entrepreneur_group": str(rng.choice(["sc", "st", "minority", "obc", "other", "-8"])),
            "months_worked": 12,
            "days_worked": int(rng.integers(240, 320)),
            "product_code_1": f"{26 + self.trade_number}00001",
            "product_unit": "piece",
            "product_share_1": round(float(rng.uniform(0.5, 1)), 2),
            "sales": sales,
            "exports": round(sales * float(rng.uniform(0.2, 0.9))) if exporter else 0,
            "output": output,
            "output_previous_year": round(output / growth),
            "input": inputs,
            "gross_value_added": added,
            "materials": materials,
            "materials_imported": round(materials * float(rng.uniform(0, 0.15))),
            "fuel_and_power": fuel,
            "electricity_cost": round(fuel * 0.7),
            "electricity_bought": round(fuel * 0.7 / float(rng.uniform(7, 11))),
            "electricity_generated": round(fuel * 0.01 * (1 - up(0.5))),
            "transport_inward": round(sales * 0.012),
            "transport_outward": round(sales * 0.018 * (1.5 - up(0.5))),
            "rd_expense": round(sales * 0.004 * up(0.4)),
            "rent": round(output * 0.01),
            "interest": round(loans * 0.11),
            "subsidies": round(output * 0.002),
            "compliance_cost": round(sales * 0.006),
            "work_given_out": round(output * 0.03),
            "work_taken_in": round(output * 0.02),
            "fixed_capital": capital,
            "working_capital": round(current * 0.45),
            "assets_added": round(capital * 0.08 * up(0.5) * 2),
            "plant_gross": plant,
            "plant_depreciation": round(plant * float(rng.uniform(0.2, 0.7))),
            "material_stock_opening": stock,
            "material_stock_closing": round(stock * float(rng.uniform(0.8, 1.2))),
            "current_assets": current,
            "current_liabilities": round(current * 0.55),
            "loans_opening": loans,
            "loans_closing": round(loans * 0.95),
            "loans_guaranteed": round(loans * 0.95 * 0.3),
            "institutional_loan": int(borrows),
            "loan_sanction_days": int(rng.integers(15, 120)) if borrows else -6,
            "persons": persons,
            "women": sum(women.values()),
            **by_type,
            **women,
            **_communities(round(persons * float(rng.uniform(0.1, 0.6)))),
            "persons_bpl": round(persons * float(rng.uniform(0, 0.3))),
            "persons_certified": round(persons * up(0.15)),
            "wages": paid,
            **wages,
            "provident_fund": round(paid * 0.06),
            "welfare": round(paid * 0.02),
            "training_days": round(persons * 2 * up(0.5)),
            "vacancy_days": int(rng.integers(5, 90)) if rng.random() < 0.7 else -6,
            "new_product_share": round(float(rng.beta(1, 8)), 2),
            "states_sold_to": int(rng.integers(1, 15)),
            "countries_sold_to": int(rng.integers(1, 8)) if exporter else 0,
            "product_price": round(100 * lift, 2),
            "product_reference_price": 100,
            "largest_buyer_share": round(float(rng.beta(2, 4)), 2),
            "contract_share": round(float(rng.beta(1, 6)), 2),
            "online_share": round(float(rng.beta(1, 12)), 2),
            "cluster_sales_share": round(float(rng.beta(1, 6)), 2),
            "cluster_purchases_share": round(float(rng.beta(2, 5)), 2),
            "capacity_utilisation": round(min(1.2, up(0.65) * float(rng.uniform(0.8, 1.2))), 2),
            "local_sourcing_share": round(float(rng.beta(3, 3)), 2),
            "material_code": f"{12 + self.trade_number}00001",
            "material_unit": "kg",
            "material_price": round(50 * float(rng.lognormal(0, 0.1)), 2),
            "material_reference_price": 50,
            "lead_time_days": int(rng.integers(2, 40)),
            "outage_hours": round(120 * (1 - up(0.7)) * float(rng.uniform(0.5, 1.5))),
            "water_enough": -6 if rng.random() < 0.1 else int(rng.random() < up(0.7)),
            "rejection_percent": round(8 * float(rng.beta(2, 5)), 1),
            "approval_days": int(rng.integers(20, 150)),
            "power_connection_days": int(rng.integers(10, 90)),
            "land_allotment_days": int(rng.integers(60, 400)) if rng.random() < 0.3 else -6,
            "inspections": int(rng.poisson(3)),
            "gst_refund_days": int(rng.integers(15, 120)) if exporter else -6,
            "payment_delay_days": int(rng.integers(0, 90)),
        }  # fmt: skip
        for name in ("trust_1", "trust_2", "trust_3", "trust_4"):
            row[name] = int(np.clip(round(3 + 0.6 * self.strength + rng.normal(0, 1)), 1, 5))
        for name, usual in FLAGS.items():
            row[name] = int(rng.random() < up(usual))
        if rng.random() < 0.05:
            # some answers contradict each other; the unit's grade falls
            row["exports"] = sales * 2
        return row | _unanswered(rng, from_memory)

    def _up(self, usual: float) -> float:
        """A share near the usual one, higher in a stronger cluster."""
        odds = usual / (1 - usual) * np.exp(0.5 * self.strength)
        return float(odds / (1 + odds))


FLAGS = {
    "formal_training": 0.3, "own_brand": 0.3, "fair": 0.25, "broadband": 0.6, "research_unit": 0.08,
    "accounting_software": 0.5, "iso_9001": 0.15, "iso_14000": 0.05, "product_certified": 0.3,
    "lean_tpm_tqm": 0.12, "innovation_scheme_used": 0.1, "names_two_schemes": 0.3,
}  # fmt: skip
LEGAL_FORMS = ("proprietary", "partnership", "company")
OFTEN_OPEN = (
    "compliance_cost", "persons_bpl", "rd_expense", "largest_buyer_share", "rent", "welfare",
    "loans_guaranteed", "material_price", "contract_share", "inspections",
)  # fmt: skip


def _unanswered(rng: np.random.Generator, from_memory: bool) -> dict[str, object]:
    """Questions that stay open, with the code that says why."""
    share = 0.5 if from_memory else 0.06
    return {name: int(rng.choice([-7, -8, -9])) for name in OFTEN_OPEN if rng.random() < share}
