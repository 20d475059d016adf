"""Item codes, units of quantity, quantities and rates of blocks H, I and J.

Item codes are invented in the form of the year's classification (ASICC: 5 digits to 2009-10,
NPCMS-2011: 7 digits from 2010-11); an item always has the same unit of quantity. The codes of rows
that are no named items are the real ones where they are known, else zeros.
"""

import numpy as np

from locus_pipeline.sample.asi.rows import Block, RowPlan
from locus_pipeline.sample.asi.survey import Survey

# The first five digits are the same in both classifications.
SPECIAL_CODES = {
    "h": {
        "other_basic": "99201",
        "total_basic": "99901",
        "chemicals": "99203",
        "packing": "99908",
        "electricity_own": "99904",
        "electricity_purchased": "99905",
        "petrol_diesel": "99906",
        "coal": "99907",
        "other_fuel": "99204",
        "consumables": "99220",
        "total_non_basic": "99920",
        "total_inputs": "99930",
    },
    "i": {"other": "99221", "total": "99940"},
    "j": {"other": "99211", "total": "99950"},
}
UNMET_ELECTRICITY_NPCMS = "9999999"
DIGITS = {"ASICC": 5, "NPCMS-2011": 7}
ITEMS = 8_000  # different named items
UNITS = np.array([27, 9, 15, 14, 12, 20, 7])  # tonne, kilogram, number, metre, litre ...
POWER_UNIT = 28  # which code electricity really has was not found
HUNDREDTHS = 100
LARGEST_QUANTITY = 4e8  # fits twelve characters with two decimals

# Columns of block J whose total row is the sum of the items.
ADDED_UP = {
    "gross_sale_value", "excise_duty", "sales_tax", "goods_and_services_tax", "other_taxes",
    "other_expenses", "total_distributive_expenses", "subsidy", "ex_factory_value",
}  # fmt: skip


def named(serials: dict[str, int]) -> list[str]:
    """Roles of named items, in the order in which returns fill them in."""
    return [role for role in serials if role.startswith("named_")] + [
        role for role in serials if role.startswith("extra_")
    ]


def _numbers(roles: list[str], order: list[str]) -> np.ndarray:
    """0-based number of each role among the named items, -1 for other rows."""
    return np.array([order.index(role) if role in order else -1 for role in roles])


def _item(industry: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The item that an industry uses or makes as its nth; the same in all its returns."""
    return (industry * 61 + number * 577) % ITEMS


def _price(item: np.ndarray) -> np.ndarray:
    """Usual price of an item: 5 to 60,000 rupees."""
    return 5.0 * np.exp(item * 7919 % 1000 / 1000 * 9.4)


def _codes(classification: str) -> np.ndarray:
    """Code of each item: 11000 to 90990 (ASICC), 0110000 to 4565443 (NPCMS-2011)."""
    if classification == "ASICC":
        return np.array([f"{11_000 + 10 * item}" for item in range(ITEMS)], dtype=object)
    return np.array([f"{110_000 + 557 * item:07d}" for item in range(ITEMS)], dtype=object)


def describe(survey: Survey, letter: str, block: Block, plan: RowPlan) -> np.ndarray:
    """Sets item and unit code of the block's rows; returns each row's item, -1 for no named one.

    Items that go in (H and I) are others than those that come out.
    """
    classification = survey.year.item_classification
    role = np.searchsorted(plan.serials, block.columns["serial_number"])
    number = _numbers(plan.roles, named(dict.fromkeys(plan.roles, 0)))[role]
    number = np.where(number >= 0, number + (0 if letter == "j" else 20), -1)
    industry = survey.factories.industry[block.factory]
    item = np.where(number >= 0, _item(industry, number), -1)
    digits = DIGITS[classification]
    special = {one: SPECIAL_CODES[letter].get(one, "").ljust(digits, "0") for one in plan.roles}
    if digits == 7 and "unmet_electricity" in special:
        special["unmet_electricity"] = UNMET_ELECTRICITY_NPCMS
    codes = np.array(list(special.values()), dtype=object)[role]
    codes[item >= 0] = _codes(classification)[item[item >= 0]]
    block.columns["item_code"] = codes
    block.columns["unit_code"] = np.where(item >= 0, UNITS[item % len(UNITS)], 0)
    return item


def describe_inputs(survey: Survey, letter: str, block: Block, plan: RowPlan, random) -> None:
    """Sets codes, quantity and rate of blocks H and I: rate x quantity is the value.

    Electricity generated and unmet demand have a quantity and no value.
    """
    item = describe(survey, letter, block, plan)
    role = np.searchsorted(plan.serials, block.columns["serial_number"])
    power = np.array(["electricity" in one for one in plan.roles])[role]
    value = block.columns["purchase_value"]
    tariff = 3.0 + 0.2 * (survey.year.year_end - 1999)
    price = np.where(power, tariff, np.where(item >= 0, _price(item), 0.0))
    price = np.maximum(price * np.exp(random.normal(0, 0.3, len(item))), value / LARGEST_QUANTITY)
    counted = (power | (item >= 0)) & (value > 0)
    quantity = np.maximum(np.rint(HUNDREDTHS * value / np.where(counted, price, 1.0)), 1)
    rate = np.rint(HUNDREDTHS * value / (quantity / HUNDREDTHS))
    generated = HUNDREDTHS * random.integers(500, 400_000, len(item))
    quantity = np.where(counted, quantity, np.where(power, generated, 0))
    block.columns["quantity"] = quantity.astype(np.int64)
    block.columns["rate"] = np.where(counted, rate, 0).astype(np.int64)
    block.columns["unit_code"] = np.where(power, POWER_UNIT, block.columns["unit_code"])


def sales(
    survey: Survey, at: np.ndarray, roles: list[str], wanted: np.ndarray, random
) -> dict[str, np.ndarray]:
    """Quantities, sales, taxes and ex-factory values near those `wanted` (returns x roles).

    Named items: ex-factory value = net rate x quantity manufactured, and net sale value = net rate
    x quantity sold, to the rupee. Other products have no quantity: the two values are the same.
    Sold quantities make the published products and by-products (net sale value).
    """
    shape, weight = wanted.shape, survey.factories.total_weight[at][:, None]
    number = _numbers(roles, named(dict.fromkeys(roles, 0)))
    counted = (number >= 0) & (wanted > 0)
    item = _item(survey.factories.industry[at][:, None], np.maximum(number, 0))
    price = _price(item) * np.exp(random.normal(0, 0.3, shape))
    price = np.maximum(price, wanted / LARGEST_QUANTITY)
    rate = np.where(counted, np.maximum(np.rint(HUNDREDTHS * price), 1), 0)
    per_hundredth = rate / HUNDREDTHS**2
    quantity = np.rint(wanted / np.where(counted, per_hundredth, 1.0))
    quantity = np.where(counted, np.maximum(quantity, 1), 0)
    ex_factory = np.where(counted, np.rint(quantity * per_hundredth), wanted).astype(np.int64)
    sold_share = np.clip(np.exp(random.normal(0, 0.08, shape)), 0.5, 1.3)
    total = survey.targets["products_and_by_products"]
    total -= (weight * np.where(counted, 0, ex_factory)).sum()
    sold_share *= total / (weight * np.where(counted, ex_factory * sold_share, 0)).sum()
    sold = np.where(counted, np.rint(quantity * sold_share), 0)
    net = np.where(counted, np.rint(sold * per_hundredth), wanted).astype(np.int64)

    def some(share: float, having: float, otherwise: float = 0.0) -> np.ndarray:
        part = np.where(random.random(shape) < having, share, otherwise)
        return np.rint(net * part).astype(np.int64)

    tax, second, freight = some(0.11, 0.5, 0.02), some(0.04, 0.6), some(0.02, 0.6)
    # from 2015-16 a subsidy adds to the net sale value
    subsidy = np.zeros_like(net) if survey.prints_totals else some(0.01, 0.03)
    return {
        "quantity_manufactured": quantity.astype(np.int64),
        "quantity_sold": sold.astype(np.int64),
        "gross_sale_value": net + tax + second + freight - subsidy,
        "excise_duty": tax,
        "sales_tax": second,
        "goods_and_services_tax": tax,
        "other_taxes": second,
        "other_expenses": freight,
        "total_distributive_expenses": tax + second + freight,
        "subsidy": subsidy,
        "net_sale_rate": rate.astype(np.int64),
        "ex_factory_value": ex_factory,
    }
