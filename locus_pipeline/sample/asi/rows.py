"""Rows of the itemised blocks: which ones a return fills in, and how totals split into items."""

from dataclasses import dataclass

import numpy as np

from locus_pipeline.asi.layout import RowScheme


@dataclass
class Block:
    """Rows of a block in file order.

    `factory` is the position of each row's return among the factories; `columns` holds whole
    numbers (rupees, persons, codes), hundredths (quantities and rates) or texts.
    """

    factory: np.ndarray
    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.factory)


@dataclass(frozen=True)
class RowPlan:
    """Which rows of a block each return fills in: `present` is returns x roles."""

    factories: np.ndarray
    roles: list[str]
    serials: np.ndarray
    present: np.ndarray

    def has(self, *roles: str) -> np.ndarray:
        """Returns x the roles named: which are filled in."""
        return self.present[:, [self.roles.index(role) for role in roles]]

    def filled(
        self, roles: list[str], parts: np.ndarray, totals: dict[str, list[str]] | None = None
    ) -> np.ndarray:
        """Returns x all roles: item rows from `parts`, each total row the sum of its members."""
        full = np.zeros(self.present.shape, dtype=np.int64)
        full[:, [self.roles.index(role) for role in roles]] = parts
        for total, members in (totals or {}).items():
            member = [role in members for role in roles]
            full[:, self.roles.index(total)] = parts[:, member].sum(1)
        return full

    def block(self, values: dict[str, np.ndarray], order: list[str] | None = None) -> Block:
        """The rows that are present, from matrices of returns x roles; roles in serial order."""
        turn = np.array([self.roles.index(role) for role in (order or self.roles)])
        at, position = np.nonzero(self.present[:, turn])
        role = turn[position]
        columns = {"serial_number": self.serials[role]}
        columns |= {name: matrix[at, role] for name, matrix in values.items()}
        return Block(self.factories[at], columns)


def serial_numbers(scheme: RowScheme, extra: int = 0) -> dict[str, int]:
    """Role -> serial number, in order; named items are named_1 ..., further ones extra_1 ..."""
    serials = dict(scheme.rows)
    if scheme.named:
        first, last = scheme.named
        serials |= {f"named_{n - first + 1}": n for n in range(first, last + 1)}
    if scheme.extra_from:
        serials |= {f"extra_{n + 1}": scheme.extra_from + n for n in range(extra)}
    return dict(sorted(serials.items(), key=lambda item: item[1]))


def plan_rows(
    random: np.random.Generator,
    factories: np.ndarray,
    serials: dict[str, int],
    always: dict[str, np.ndarray | bool],
    likely: dict[str, float],
    records: int,
    chain: tuple[list[str], float] = ([], 1.0),
    possible: dict[str, np.ndarray] | None = None,
) -> RowPlan:
    """Rows of each return, `records` of them in all.

    `always` rows are filled in wherever true, `likely` ones more often the larger their weight, the
    rows of `chain` one after another. Where `records` can't be reached with rows that a return may
    fill in (`possible`), others are stored all zero, as in block E of 2023-24.
    """
    roles, count = list(serials), len(factories)
    present = np.zeros((count, len(roles)), dtype=bool)
    score = np.full((count, len(roles)), np.inf)
    for role, where in always.items():
        present[:, roles.index(role)] = where
    for role, weight in likely.items():
        score[:, roles.index(role)] = random.exponential(1, count) / weight
    links, weight = chain
    if links:
        steps = np.cumsum(random.exponential(1, (count, len(links))) / weight, axis=1)
        score[:, [roles.index(role) for role in links]] = steps
    for role, where in (possible or {}).items():
        score[~where, roles.index(role)] += 1e6
    score[present] = np.inf
    wanted = max(records - int(present.sum()), 0)
    present.ravel()[np.argsort(score, axis=None, kind="stable")[:wanted]] = True
    return RowPlan(factories, roles, np.array(list(serials.values())), present)


def calibrated(
    raw: np.ndarray, weight: np.ndarray, total: float, limit: float, least: float = 0.0
) -> np.ndarray:
    """Whole numbers in the proportions of `raw` (any shape) whose weighted sum is `total`.

    Positive ones are kept between `least` and `limit`; `weight` is broadcast over the last axis.
    """
    values = np.asarray(raw, dtype=float)
    each = weight if values.ndim == 1 else weight[:, None]
    for _ in range(12):
        now = (each * values).sum()
        if now <= 0 or total <= 0 or abs(now / total - 1) < 1e-10:
            break
        values = np.where(values > 0, np.clip(values * (total / now), least, limit), 0.0)
    return np.rint(values).astype(np.int64)


def apportioned(total: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Whole parts of each total by shares (returns x parts); the largest takes the rounding."""
    sums = shares.sum(1, keepdims=True)
    parts = np.floor(total[:, None] * (shares / np.where(sums > 0, sums, 1.0))).astype(np.int64)
    rest = np.where(sums[:, 0] > 0, total - parts.sum(1), 0)
    parts[np.arange(len(total)), shares.argmax(1)] += rest
    return parts
