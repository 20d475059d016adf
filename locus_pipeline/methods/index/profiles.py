"""One page for each cluster, as data: where it stands, what lifts or lowers it, what is missing.

Source: cluster competitiveness note, section 5. Sentences come from templates in English and Hindi;
nothing in them goes beyond the row's own numbers. Intervention types are those of source 001
(Foundation for MSME Clusters), annex table A1.1; which of them fits which weakness is a proposal.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

# item, value, low and high end, the sentence in English and Hindi
Row = tuple[str, float, float, float, tuple[str, str]]

PAGES = {
    "object_id": "str",
    "period": "str",
    "section": "str",
    "position": "int64",
    "item": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "text_en": "str",
    "text_hi": "str",
}

# Takes normalised values (..., objects, indicators), gives scores (..., objects).
Score = Callable[[np.ndarray], np.ndarray]

# Strengths, weaknesses, leverage: rows of each.
LISTED = 5
BETTER_LOOK_ALIKES = 2

# English, Hindi.
TEXT = {
    "synthetic": ("SYNTHETIC - NOT A RANKING", "कृत्रिम आँकड़े - यह रैंकिंग नहीं है"),
    "asi_screening": (
        "Screening edition: computed from sample estimates of the Annual Survey of Industries; not "
        "the Cluster Competitiveness Index.",
        "प्रारंभिक छँटाई संस्करण: वार्षिक उद्योग सर्वेक्षण के नमूना अनुमानों से तैयार; यह क्लस्टर "
        "प्रतिस्पर्धात्मकता सूचकांक नहीं है।",
    ),
    "score": ("Score: {value:.1f} of 100.", "अंक: 100 में से {value:.1f}।"),
    "rank": (
        "Rank: {value:.0f} ({low:.0f}-{high:.0f}) of {number}.",
        "स्थान: {number} में से {value:.0f} ({low:.0f}-{high:.0f})।",
    ),
    "no_rank": ("No rank: {reason}", "स्थान (रैंक) नहीं दिया गया। कारण (अंग्रेज़ी में): {reason}"),
    "tier_only": (
        "No rank: the band of likely ranks is too wide in this edition; see the tier.",
        "स्थान (रैंक) नहीं दिया गया: इस संस्करण में संभावित स्थानों की सीमा बहुत चौड़ी है; श्रेणी देखें।",
    ),
    "tier": ("Tier: {tier}.", "श्रेणी: {tier}।"),
    "completeness": (
        "{value:.0%} of the indicators have a value.",
        "{value:.0%} सूचकों के आँकड़े उपलब्ध हैं।",
    ),
    "peers": ("Compared with {value:.0f} others: {rung}.", "{value:.0f} अन्य से तुलना: {rung}।"),
    "strengths": (
        "{name}: scores {value:.1f} points above the median of its peers.",
        "{name}: अंक समान क्लस्टरों की माध्यिका से {value:.1f} अधिक।",
    ),
    "no_strengths": (
        "No indicator is above the median of its peers beyond sampling error.",
        "नमूना त्रुटि को देखते हुए कोई सूचक समान क्लस्टरों की माध्यिका से ऊपर नहीं है।",
    ),
    "weaknesses": (
        "{name}: scores {value:.1f} points below the median of its peers.",
        "{name}: अंक समान क्लस्टरों की माध्यिका से {value:.1f} कम।",
    ),
    "no_weaknesses": (
        "No indicator is below the median of its peers beyond sampling error.",
        "नमूना त्रुटि को देखते हुए कोई सूचक समान क्लस्टरों की माध्यिका से नीचे नहीं है।",
    ),
    "leverage": (
        "{name}: at the level of its peers' best quarter, the score would be {value:.1f} points "
        "higher, all else unchanged.",
        "{name}: समान क्लस्टरों के ऊपरी चौथाई के स्तर पर, बाकी सब वैसा ही रहने पर, कुल अंक "
        "{value:.1f} अधिक होगा।",
    ),
    "interventions": (
        "{item} ({approach}; {objective}): a type of activity to consider, given: {names}. A "
        "proposal.",
        "{item} ({approach}; {objective}): विचार करने योग्य गतिविधि का प्रकार। आधार: {names}। यह एक "
        "प्रस्ताव है।",
    ),
    "look_alikes": (
        "{name}: a similar cluster with a score of {value:.1f}.",
        "{name}: मिलता-जुलता क्लस्टर, जिसका अंक {value:.1f} है।",
    ),
    "gate": (
        "Condition {item} ({label}) is not met.",
        "शर्त {item} ({label}) पूरी नहीं हुई।",
    ),
    "gate_details": ("What is missing: {missing}", "क्या कमी है (अंग्रेज़ी में): {missing}"),
    "not_measured": ("{name}: not measured.", "{name}: माप उपलब्ध नहीं।"),
    "no_sampling_error": (
        "Indicators whose gap has no known sampling error, so not among strengths and weaknesses: "
        "{value:.0f}.",
        "जिन सूचकों के अंतर की नमूना त्रुटि ज्ञात नहीं है, इसलिए मज़बूतियों और कमज़ोरियों में शामिल नहीं: "
        "{value:.0f}।",
    ),
}
RUNGS = {
    "sector_and_zone": ("same sector and zone", "एक ही उद्योग और अंचल"),
    "sector": ("same sector", "एक ही उद्योग"),
    "sector_group": ("same group of sectors", "एक ही उद्योग समूह"),
    "type_and_size": ("same type and size", "एक ही प्रकार और आकार"),
    "state": ("same state", "एक ही राज्य"),
    "zone": ("same zone", "एक ही अंचल"),
    "look_alikes": ("look-alikes", "मिलते-जुलते क्लस्टर"),
    "all": ("all of the edition", "संस्करण के सभी"),
}
GATES = {
    "G1": ("organised association", "संगठित संघ"),
    "G2": ("share of units that are members", "सदस्य इकाइयों का हिस्सा"),
    "G3": ("reliable data", "विश्वसनीय आँकड़े"),
    "G4": ("consent to share data", "आँकड़े साझा करने की सहमति"),
    "G5": ("enough units that answered", "उत्तर देने वाली पर्याप्त इकाइयाँ"),
    "G6": ("complete indicators", "सूचकों की पूर्णता"),
    "G7": ("fresh data", "ताज़ा आँकड़े"),
}
OBJECTIVES = {
    "M": ("marketing", "विपणन"),
    "P": ("productivity and competitiveness", "उत्पादकता और प्रतिस्पर्धात्मकता"),
    "S": ("sustainable local organisations", "टिकाऊ स्थानीय संगठन"),
}
APPROACHES = {
    "B": ("benchmarking", "उत्कृष्ट क्लस्टरों से सीखना"),
    "R": ("regular activities", "नियमित गतिविधियाँ"),
    "S": ("special activities", "विशेष गतिविधियाँ"),
    "I": ("infrastructure", "अवसंरचना"),
    "L": ("linkage with value chain partners", "मूल्य शृंखला के भागीदारों से जुड़ाव"),
}


@dataclass(frozen=True)
class Evidence:
    """What the pages are made of; every table may hold several periods.

    scores: object_id, period, score, rank, rank_p05, rank_p95, rank_reason, tier, is_tier_only,
        completeness.
    values: object_id, period, item, value: normalised, more is better; the items are those of
        `indicators`, in any order; a missing row or NaN is not measured.
    statistics: rows of peers.STATISTICS for the same items.
    peers: rows of peers.PEERS.
    eligibility: object_id, period, eligible, failed_gates (codes with ";"), missing (plain words).
    indicators: item, sub_pillar, weight (in the whole score), name_en, name_hi (may be empty).
    objects: object_id, name.
    interventions: sub_pillar, position, intervention_type: the seed `cci_intervention_map`.
    """

    scores: pd.DataFrame
    values: pd.DataFrame
    statistics: pd.DataFrame
    peers: pd.DataFrame
    eligibility: pd.DataFrame
    indicators: pd.DataFrame
    objects: pd.DataFrame
    interventions: pd.DataFrame


def leverage(values: np.ndarray, targets: np.ndarray, score: Score) -> np.ndarray:
    """Gain of each score if one indicator rose to its target and the others stayed.

    `values` and `targets`: objects x indicators, normalised, more is better. 0 where the target is
    reached already; NaN where value, target or score is missing.
    """
    indicators = values.shape[1]
    raised = np.repeat(values[None], indicators, axis=0)
    each = np.arange(indicators)
    raised[each, :, each] = np.maximum(values, targets).T
    gains = (score(raised) - score(values)).T
    # a score that passes over missing values would change by their weight alone
    return np.where(np.isnan(values) | np.isnan(targets), np.nan, gains)


def profiles(
    evidence: Evidence,
    score: Score,
    peer_group: str = "sector",
    notices: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Rows of PAGES for every object of `evidence.eligibility`.

    Strengths and weaknesses are gaps to the median of `peer_group`, ordered by gap times weight,
    and only those whose sampling interval excludes 0. `score` takes the indicators in the order of
    `evidence.indicators`. `notices` are keys of TEXT that open each page: asi_screening, synthetic.
    An object that is not eligible has its notices, gates and what is missing, and no score.
    """
    parts = []
    for period, eligibility in evidence.eligibility.groupby("period", sort=True):
        page = _Period(evidence, str(period), score, peer_group, notices)
        eligibility = eligibility.fillna({"failed_gates": "", "missing": ""})
        for row in eligibility.sort_values("object_id").itertuples():
            parts += page.rows(row)
    return pd.DataFrame(parts, columns=list(PAGES)).astype(PAGES)


class _Period:
    """The pages of one period."""

    def __init__(
        self,
        evidence: Evidence,
        period: str,
        score: Score,
        peer_group: str,
        notices: tuple[str, ...],
    ):
        self.period, self.notices = period, notices
        self.indicators = evidence.indicators.set_index("item")
        self.labels = {
            row.item: (row.name_en, row.name_hi if _is_text(row.name_hi) else row.name_en)
            for row in evidence.indicators.itertuples()
        }
        objects = evidence.objects.drop_duplicates("object_id")
        self.names = dict(zip(objects["object_id"], objects["name"], strict=True))
        scores = evidence.scores[evidence.scores.period == period].set_index("object_id")
        self.scores = scores[scores.score.notna()]
        self.items = self.indicators.index.to_numpy()
        self.places = {name: at for at, name in enumerate(self.scores.index)}
        self.standings: list[Any] = list(self.scores.itertuples())
        self.ranked = int(self.scores["rank"].notna().sum())
        statistics = _of(evidence.statistics, period)
        statistics = statistics[statistics.peer_group == peer_group]
        # objects x indicators; an object without peers has no gaps
        self.values = self._wide(_of(evidence.values, period), "value")
        self.gap = self._wide(statistics, "gap_median")
        self.gap_low = self._wide(statistics, "gap_median_low")
        self.gap_high = self._wide(statistics, "gap_median_high")
        self.importance = np.abs(self.gap) * self.indicators.weight.to_numpy(float)
        self.gains = leverage(self.values, self._wide(statistics, "peer_p75"), score)
        peers = _of(evidence.peers, period)
        compared = peers[peers.peer_group == peer_group].groupby("object_id", sort=False)
        self.peers = {name: (len(rows), rows.iloc[0]) for name, rows in compared.rung}
        near = peers[(peers.peer_group == "look_alikes") & (peers.rung == "look_alikes")]
        self.look_alikes = {
            name: list(rows)
            for name, rows in near.sort_values("position").groupby("object_id").peer_id
        }
        self.interventions = evidence.interventions.sort_values(["sub_pillar", "position"])

    def _wide(self, rows: pd.DataFrame, column: str) -> np.ndarray:
        """A column of objects' items as an array, objects x indicators."""
        wide = rows.pivot(index="object_id", columns="item", values=column)
        return (
            wide.reindex(index=self.scores.index, columns=self.indicators.index)
            .astype(float)
            .to_numpy()
        )

    def rows(self, eligibility: Any) -> list[tuple[Any, ...]]:
        """The page of one object, in the order of PAGES."""
        name = eligibility.object_id
        sections: list[tuple[str, Iterable[Row]]] = [
            ("notice", ((key, np.nan, np.nan, np.nan, _text(key)) for key in self.notices))
        ]
        if name in self.places and eligibility.eligible:
            at = self.places[name]
            weak = self._listed(at, self.gap_high[at] < 0)
            sections += [
                ("score", self._standing(name, self.standings[at])),
                ("strengths", self._gap_rows("strengths", at, self.gap_low[at] > 0)),
                ("weaknesses", self._gap_rows("weaknesses", at, self.gap_high[at] < 0)),
                ("leverage", self._leverage(at)),
                ("interventions", self._interventions(list(self.items[weak]))),
                ("look_alikes", self._look_alikes(name, at)),
                ("not_measured", self._not_measured(at)),
            ]
        else:
            sections += [("gate", _gates(eligibility))]
        return [
            (name, self.period, section, position, *row[:4], *row[4])
            for section, rows in sections
            for position, row in enumerate(rows, start=1)
        ]

    def _standing(self, name: str, row: Any) -> Iterator[Row]:
        none = (np.nan, np.nan)
        yield "score", row.score, *none, _text("score", value=row.score)
        if pd.isna(row.rank):
            yield "rank", np.nan, *none, _text("no_rank", reason=row.rank_reason)
        elif row.is_tier_only:
            yield "rank", np.nan, *none, _text("tier_only")
        else:
            rank, low, high = float(row.rank), row.rank_p05, row.rank_p95
            text = _text("rank", value=rank, low=low, high=high, number=self.ranked)
            yield "rank", rank, low, high, text
        if _is_text(row.tier):
            yield "tier", np.nan, *none, _text("tier", tier=row.tier)
        share = row.completeness
        yield "completeness", share, *none, _text("completeness", value=share)
        if name in self.peers:
            number, rung = self.peers[name]
            yield "peers", number, *none, _text("peers", value=number, rung=RUNGS[rung])

    def _listed(self, at: int, told: np.ndarray) -> np.ndarray:
        """Places of the most important of the indicators that are told of an object."""
        places = np.flatnonzero(told)
        return places[np.argsort(-self.importance[at, places], kind="stable")][:LISTED]

    def _gap_rows(self, section: str, at: int, told: np.ndarray) -> Iterator[Row]:
        if not told.any():
            yield "", np.nan, np.nan, np.nan, _text(f"no_{section}")
        for place in self._listed(at, told):
            item, gap = self.items[place], self.gap[at, place]
            text = _text(section, name=self.labels[item], value=abs(gap))
            yield item, gap, self.gap_low[at, place], self.gap_high[at, place], text

    def _leverage(self, at: int) -> Iterator[Row]:
        places = np.flatnonzero(self.gains[at] > 0)
        for place in places[np.argsort(-self.gains[at, places], kind="stable")][:LISTED]:
            item, gain = self.items[place], self.gains[at, place]
            text = _text("leverage", name=self.labels[item], value=gain)
            yield item, gain, np.nan, np.nan, text

    def _interventions(self, weak: list[str]) -> Iterator[Row]:
        given: dict[str, list[str]] = {}
        for item in weak:
            matching = self.interventions.sub_pillar == self.indicators.sub_pillar[item]
            for activity in self.interventions.intervention_type[matching]:
                given.setdefault(activity, []).append(item)
        for activity, items in given.items():
            names = tuple(
                ", ".join(both) for both in zip(*(self.labels[item] for item in items), strict=True)
            )
            text = _text(
                "interventions",
                item=activity,
                objective=OBJECTIVES[activity[0]],
                approach=APPROACHES[activity[1]],
                names=names,
            )
            yield activity, np.nan, np.nan, np.nan, text

    def _look_alikes(self, name: str, at: int) -> Iterator[Row]:
        scored = [one for one in self.look_alikes.get(name, []) if one in self.places]
        scores = [(one, self.standings[self.places[one]].score) for one in scored]
        better = [(one, value) for one, value in scores if value > self.standings[at].score]
        for other, value in better[:BETTER_LOOK_ALIKES]:
            text = _text("look_alikes", name=self.names.get(other, other), value=value)
            yield other, value, np.nan, np.nan, text

    def _not_measured(self, at: int) -> Iterator[Row]:
        for item in self.items[np.isnan(self.values[at])]:
            text = _text("not_measured", name=self.labels[item])
            yield item, np.nan, np.nan, np.nan, text
        unknown = int((~np.isnan(self.gap[at]) & np.isnan(self.gap_low[at])).sum())
        if unknown:
            text = _text("no_sampling_error", value=unknown)
            yield "", float(unknown), np.nan, np.nan, text


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _gates(eligibility: Any) -> Iterator[Row]:
    for gate in filter(None, eligibility.failed_gates.split(";")):
        text = _text("gate", item=gate, label=GATES.get(gate, (gate, gate)))
        yield gate, np.nan, np.nan, np.nan, text
    if eligibility.missing:
        text = _text("gate_details", missing=eligibility.missing)
        yield "", np.nan, np.nan, np.nan, text


def _of(table: pd.DataFrame, period: str) -> pd.DataFrame:
    return table[table.period == period]


def _text(key: str, **parts: Any) -> tuple[str, str]:
    """The sentence in both languages; a part that is a pair has one form for each."""
    english, hindi = (
        template.format(
            **{name: part[at] if isinstance(part, tuple) else part for name, part in parts.items()}
        )
        for at, template in enumerate(TEXT[key])
    )
    return english, hindi
