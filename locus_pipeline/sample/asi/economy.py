"""Which factories exist: state, industry, size, scheme, status of unit and multiplier.

Invented: every single factory. Taken from published figures: how many there are (by state where a
series is published, by 2-digit industry, by status of unit) and how many workers they have. The
specialisation of states is invented but lasting: it depends on the seed, not on the survey year.
"""

import csv
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from locus_pipeline.asi.layout import SurveyYear
from locus_pipeline.reference import reference_rows
from locus_pipeline.sample.asi import official

HERE = Path(__file__).parent

# Records by status of unit in the years for which they are known (block A of the public releases).
STATUS_RECORDS = {
    "schedule-1998": {
        "2006-07": {
            1: 43381, 2: 1502, 3: 3533, 4: 4673, 5: 698, 6: 193, 7: 43, 8: 791, 9: 12, 10: 7989,
            11: 1977, 12: 447, 13: 87, 14: 587, 15: 457,
        },
        "2007-08": {
            1: 38802, 2: 1190, 3: 3169, 4: 5606, 5: 469, 6: 288, 7: 41, 8: 414, 9: 8, 10: 3567,
            11: 1564, 12: 641, 13: 161, 14: 541, 15: 427,
        },
    },
    "schedule-2010": {
        "2022-23": {1: 56230, 2: 2152, 3: 993, 4: 6154, 5: 986, 7: 729, 8: 1218},
    },
}  # fmt: skip
OPEN_RECORDS = {"2014-15": 51654, "2015-16": 51750, "2016-17": 54250} | {
    year: records[1] for years in STATUS_RECORDS.values() for year, records in years.items()
}
USUALLY_OPEN = 0.95  # share of the responding returns in the years without a known number
# Returns filled in from the previous year's; counted in 2006-07, where they are 505 of 66,875.
EXTRACTED_RECORDS = {17: 7, 18: 67, 19: 3, 20: 428}
EXTRACTED_YEARS = ("2004-05", "2006-07", "2009-10")
DELETED_SHARE = 46_811 / 253_334  # of the official number of factories: 2022-23
ZERO_MULTIPLIERS = 66 / 9087  # of the returns that don't respond: 2022-23

# The official tables' own filter: statuses that count as factories, and statuses whose values add
# up to the published totals. For the list to 2009-10 no source states it; for both we take open,
# closed, not in operation, and what was extracted from the previous year, since it carries values.
FACTORY_STATUSES = {"schedule-1998": (1, 2, 3, 17, 18, 19, 20), "schedule-2010": (1, 2, 3, 4)}
TOTAL_STATUSES = {"schedule-1998": (1, 2, 3, 17, 18, 19, 20), "schedule-2010": (1, 2, 3)}

CENSUS_WORKERS = 100  # factories of the census scheme have at least so many
CENSUS_SHARE = 0.42  # of the returns that respond
LARGEST_MULTIPLIER = 120.0  # at scale 1
WIDEST_MULTIPLIER = 9900.0  # the narrowest column holds 9999.9999
MERGED_TERRITORY = ("2020-21", "25", "26")  # from then on, code, code that it takes over


@dataclass
class Factories:
    """Returns of a survey year in file order; every array has one element for each.

    `state` is the Census 2001 code, `industry` a position in industries(), `weight` the multiplier
    to the digits that are printed. `order` lists the responding returns in the order in which they
    fill in blocks (producing ones first), `employing` the positions of those with block E.
    """

    state: np.ndarray
    industry: np.ndarray
    responding: np.ndarray
    status: np.ndarray
    scheme: np.ndarray
    sector: np.ndarray
    units: np.ndarray
    working_days: np.ndarray
    order: np.ndarray
    employing: np.ndarray
    counted: np.ndarray
    totalled: np.ndarray
    weight: np.ndarray
    workers: np.ndarray

    def __len__(self) -> int:
        return len(self.state)

    @property
    def open(self) -> np.ndarray:
        """Returns whose status of unit is open."""
        return self.status == 1

    @property
    def producing(self) -> np.ndarray:
        """Returns with output and input: open ones, and those extracted from the previous year."""
        return self.open | np.isin(self.status, list(EXTRACTED_RECORDS))

    @property
    def total_weight(self) -> np.ndarray:
        """Multiplier where the official tables add up values, else 0."""
        return np.where(self.totalled, self.weight, 0.0)


@dataclass(frozen=True)
class Industries:
    """5-digit industries: code in each NIC version, division as published, weight inside it.

    The NIC-2004 and NIC-1998 codes are those with the same title, else with a similar one in a
    class that corresponds, else chosen by reading or the first of the class (column `basis` of
    industries.csv). Weights are invented; codes without a same-title counterpart weigh less.
    """

    codes: dict[str, np.ndarray]
    division: np.ndarray
    weight: np.ndarray


@cache
def industries() -> Industries:
    """The industries of the sample, in order of their NIC-2008 code."""
    with (HERE / "industries.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    versions = {"NIC-2008": "nic_2008", "NIC-2004": "nic_2004", "NIC-1998": "nic_1998"}
    return Industries(
        codes={
            version: np.array([row[column] for row in rows], dtype=object)
            for version, column in versions.items()
        },
        division=np.array([row["division"] for row in rows]),
        weight=np.array([float(row["weight"]) for row in rows]),
    )


@dataclass(frozen=True)
class Region:
    """A state or union territory.

    `records` are those of block A in 2000-01 (for later states: our estimate), `specialities` the
    divisions it is known for (general knowledge, no statistic); all returns of a `small` one belong
    to the census scheme.
    """

    code: str
    records: float
    specialities: tuple[str, ...]
    small: bool
    first_year: str
    last_year: str


@cache
def regions() -> tuple[Region, ...]:
    """All states that the survey covers in some year, in order of their code."""
    years = {row["state_code"]: row for row in reference_rows("states")}
    with (HERE / "regions.csv").open(newline="") as file:
        return tuple(
            Region(
                code=row["state_code"],
                records=float(row["records"]),
                specialities=tuple(row["specialities"].split()),
                small=row["small"] == "true",
                first_year=years[row["state_code"]]["first_survey_year"],
                last_year=years[row["state_code"]]["last_survey_year"],
            )
            for row in csv.DictReader(file)
        )


def stream(seed: int, topic: str, survey_year: str = "") -> np.random.Generator:
    """Random numbers of one topic; each topic has its own, so that a new one changes no other."""
    return np.random.default_rng([seed, zlib.crc32(f"{topic} {survey_year}".encode())])


def multiplier_decimals(survey_year: str) -> int:
    """Multipliers have the form 9999.9999 to 2011-12 and 9999.99999999 after."""
    return 4 if survey_year <= "2011-12" else 8


def create(year: SurveyYear, counts: dict[str, int], scale: float, seed: int) -> Factories:
    """The year's returns; `counts` are the records wanted of each block, at this scale.

    Nothing here depends on the release or on the NIC version that the factories are written in.
    """
    survey_year, count = year.survey_year, counts["a"]
    states = _states(survey_year)
    state, industry = _places(survey_year, count, states, seed)
    responding, status = _statuses(year, counts, scale, seed)
    producing = np.isin(status, [1, *EXTRACTED_RECORDS])
    random = stream(seed, "particulars", survey_year)
    turn = np.lexsort((random.random(count), ~producing))
    order = turn[responding[turn]]
    rows = len(year.row_scheme("e").rows)
    employing = min(max(counts["f"], -(-counts["e"] // rows)), len(order))
    days = np.clip(random.normal(292, 38, count), 60, 365).astype(np.int64)
    factories = Factories(
        state=state,
        industry=industry,
        responding=responding,
        status=status,
        scheme=_schemes(survey_year, state, industry, responding, seed),
        sector=np.where(random.random(count) < 0.42, 1, 2),
        units=np.where(random.random(count) < 0.004, random.integers(2, 6, count), 1),
        working_days=np.where(producing, days, 0),
        order=order,
        employing=np.sort(order[:employing]),
        counted=np.isin(status, FACTORY_STATUSES[year.status_codes]),
        totalled=np.isin(status, TOTAL_STATUSES[year.status_codes]) & responding,
        weight=np.zeros(count),
        workers=np.zeros(count, dtype=np.int64),
    )
    factories.weight = _multipliers(factories, year, states, scale, seed)
    factories.workers = _workers(factories, survey_year, seed)
    return factories


@dataclass(frozen=True)
class _State:
    code: str
    records: float  # relative number of records
    factories: float  # share of the country's factories


def _states(survey_year: str) -> list[_State]:
    """The states that the year covers.

    A published series gives a state's share of factories, and how its records grew since 2000-01;
    the other states share the rest as they shared the records of 2000-01.
    """
    merged_from, merged, absorbed = MERGED_TERRITORY
    shares = official.state_shares(survey_year)
    base = official.state_shares("2004-05")
    records = {region.code: region.records for region in regions()}
    if survey_year >= merged_from:
        for table in (shares, base, records):
            table[merged] += table.pop(absorbed)
    covered = [
        region.code
        for region in regions()
        if region.first_year <= survey_year <= (region.last_year or survey_year)
    ]
    for code in set(covered) & set(shares):
        if survey_year > "2003-04":
            growth = shares[code] / base.get(code, shares[code])
            records[code] *= min(max(growth, 0.4), 2.5)
    rest = 1 - sum(shares[code] for code in covered if code in shares)
    others = sum(records[code] for code in covered if code not in shares)
    return [
        _State(code, records[code], shares.get(code, rest * records[code] / others))
        for code in covered
    ]


def _places(
    survey_year: str, count: int, states: list[_State], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """State and industry of each return, in order of states, evenly over all combinations."""
    table, divisions = industries(), official.division_totals(survey_year)
    names = sorted(divisions)
    factories = np.array([divisions[name]["number_of_factories"] for name in names])
    size = np.array([_size(divisions[name]) for name in names])
    wanted = factories * (size / size.mean()) ** 0.4  # large factories are sampled more often
    taste = stream(seed, "specialisation")
    by_division = np.exp(taste.normal(0, 0.5, (len(regions()), len(names))))
    by_industry = np.exp(taste.normal(0, 1.1, (len(regions()), len(table.weight))))
    for position, region in enumerate(regions()):
        by_division[position, np.isin(names, region.specialities)] *= 3.0
    codes = [region.code for region in regions()]
    here = [codes.index(state.code) for state in states]
    records = np.array([state.records for state in states])
    cells = by_division[here] * wanted * records[:, None]
    for _ in range(30):  # to the shares of states and of divisions at once
        cells *= (wanted / wanted.sum()) / cells.sum(0)
        cells *= (records / records.sum())[:, None] / cells.sum(1, keepdims=True)
    inside = by_industry[here] * table.weight
    division = np.array([names.index(name) for name in table.division])
    for position in range(len(names)):
        member = division == position
        inside[:, member] /= inside[:, member].sum(1, keepdims=True)
    chance = np.cumsum(cells[:, division] * inside)
    points = (np.arange(count) + stream(seed, "places", survey_year).random(count)) / count
    cell = np.searchsorted(chance / chance[-1], points, side="right")
    state_codes = np.array([state.code for state in states], dtype=object)
    return state_codes[cell // len(division)], cell % len(division)


def _size(division: dict[str, float]) -> float:
    return division["total_persons_engaged"] / division["number_of_factories"]


def _statuses(
    year: SurveyYear, counts: dict[str, int], scale: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which returns respond (have a block B), and each return's status of unit."""
    random = stream(seed, "status", year.survey_year)
    count, respond = counts["a"], min(counts["b"], counts["a"])
    tables = STATUS_RECORDS[year.status_codes]
    shares = tables[official.nearest(year.survey_year, tables)]
    known = OPEN_RECORDS.get(year.survey_year)
    opened = round(known * scale) if known else round(USUALLY_OPEN * respond)
    opened = min(opened, round(0.985 * counts["f"]))
    inside = [1] * opened
    if year.survey_year in EXTRACTED_YEARS:
        for status, records in EXTRACTED_RECORDS.items():
            inside += [status] * max(1, round(records * scale))
    idle = respond - len(inside)
    inside += [2] * round(idle * shares[2] / (shares[2] + shares[3])) + [3] * idle
    silent = {status: records for status, records in shares.items() if status > 3}
    outside = random.choice(
        list(silent), count - respond, p=np.array(list(silent.values())) / sum(silent.values())
    )
    every = list(silent)[: max(0, count - respond - 10)]
    outside[: len(every)] = every
    responding = np.zeros(count, dtype=bool)
    responding[random.permutation(count)[:respond]] = True
    statuses = np.empty(count, dtype=np.int64)
    statuses[responding] = random.permutation(inside[:respond])
    statuses[~responding] = random.permutation(outside)
    return responding, statuses


def _schemes(survey_year, state, industry, responding, seed) -> np.ndarray:
    """1 census, 2 sample: industries of large factories are enumerated more often."""
    random = stream(seed, "scheme", survey_year)
    divisions = official.division_totals(survey_year)
    size = np.array([_size(divisions[name]) for name in industries().division])
    score = random.logistic(0, 1, len(industry)) + 0.7 * np.log(size[industry])
    score[~responding] -= 0.8
    limit = np.quantile(score[responding], 1 - CENSUS_SHARE)
    return np.where((score > limit) | np.isin(state, _small_states()), 1, 2)


def _small_states() -> list[str]:
    return [region.code for region in regions() if region.small]


def _multipliers(
    factories: Factories, year: SurveyYear, states: list[_State], scale: float, seed: int
) -> np.ndarray:
    """Census returns stand for themselves, sample returns for all other factories.

    Multiplied units of the returns that count as factories make the published number; sample
    multipliers are brought near its shares by state, by 2-digit industry and of deleted units.
    """
    random = stream(seed, "multiplier", year.survey_year)
    count, sample = len(factories), factories.scheme == 2
    weight = np.where(sample, np.exp(random.normal(0, 0.4, count)), 1.0 / scale)
    silent = np.flatnonzero(~factories.responding)
    without = random.permutation(silent)[: max(1, round(len(silent) * ZERO_MULTIPLIERS))]
    units = np.where(factories.counted, factories.units, 0)
    units[without] = 0
    divisions = official.division_totals(year.survey_year)
    names = sorted(divisions)
    number = np.array([divisions[name]["number_of_factories"] for name in names])
    division = np.searchsorted(names, industries().division)[factories.industry]
    codes = [state.code for state in states]
    margins = [
        (division, number / number.sum()),
        (np.searchsorted(codes, factories.state), np.array([state.factories for state in states])),
        (np.zeros(count, dtype=np.int64), np.ones(1)),
    ]
    if year.status_codes == "schedule-2010":
        shares = np.array([1 - DELETED_SHARE, DELETED_SHARE])
        margins.insert(0, ((factories.status == 4).astype(np.int64), shares))
    wanted = official.targets(year.survey_year)["number_of_factories"]
    lowest, highest = 1.2 / scale, min(LARGEST_MULTIPLIER / scale, WIDEST_MULTIPLIER)
    for _ in range(30):
        for group, shares in margins:
            fixed = np.bincount(group, np.where(sample, 0, units * weight), len(shares))
            weighted = np.bincount(group, np.where(sample, units * weight, 0), len(shares))
            rest = np.maximum(wanted * shares - fixed, 0)
            factor = np.divide(rest, weighted, out=np.ones_like(rest), where=weighted > 0)
            scaled = weight * np.clip(factor, 0.05, 20)[group]
            weight = np.where(sample, scaled, weight)
        weight = np.where(sample, np.clip(weight, lowest, highest), weight)
    for _ in range(30):  # the country's number last, since it must be right
        missing = wanted - (units * weight).sum()
        free = sample & ((weight < highest) if missing > 0 else (weight > lowest))
        weighted = (units * weight)[free].sum()
        if abs(missing) < 1e-9 * wanted or weighted == 0:
            break
        weight[free] = np.clip(weight[free] * max(1 + missing / weighted, 0.05), lowest, highest)
    weight[without] = 0.0
    return np.round(weight, multiplier_decimals(year.survey_year))


def _workers(factories: Factories, survey_year: str, seed: int) -> np.ndarray:
    """Workers of each employing return, lognormal, that make up the published number.

    Returns of the census scheme have CENSUS_WORKERS and more (not so in the small states, which
    are enumerated whole); what they have in excess is scaled by division, then for all.
    """
    random, count = stream(seed, "size", survey_year), len(factories)
    divisions = official.division_totals(survey_year)
    names = industries().division[factories.industry]
    small = np.isin(factories.state, _small_states())
    large = (factories.scheme == 1) & ~small & factories.producing
    employing = np.zeros(count, dtype=bool)
    employing[factories.employing] = True
    least = np.clip(np.exp(random.normal(np.log(17), 0.75, count)), 1, 95)
    least = np.where(large, CENSUS_WORKERS, least)
    least = np.where(factories.producing, least, random.integers(1, 6, count))
    excess = np.where(large, np.exp(random.normal(np.log(110), 1.15, count)), 0.0)
    excess = np.minimum(excess, 15_000.0)
    least[~employing] = excess[~employing] = 0.0
    weight = factories.total_weight
    wanted = official.targets(survey_year)["workers"]
    total = sum(division["workers"] for division in divisions.values())
    for name, division in divisions.items():
        here = names == name
        amount = (weight * excess)[here].sum()
        if amount > 0:
            rest = wanted * division["workers"] / total - (weight * least)[here].sum()
            excess[here] *= np.clip(rest / amount, 0.25, 6.0)
    dither = random.random(count)
    for _ in range(12):
        workers = np.where(employing, np.maximum(np.floor(least + excess + dither), 1), 0)
        surplus = (weight * workers).sum() - wanted
        if abs(surplus) < 1e-5 * wanted:
            break
        excess *= max(0.05, 1 - surplus / max((weight * excess).sum(), 1.0))
    return workers.astype(np.int64)
