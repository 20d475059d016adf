"""What models say of the columns that they have for each variable, pair, family or field."""

from typing import Any

from tools.dictionary import Dictionary, once, with_unit

Column = dict[str, str]

RATIO_ERRORS = [
    ("{name}_se", "double", "{label}: standard error of the estimate"),
    (
        "{name}_flag", "varchar",
        "{label}: reliability of the estimate: * relative standard error of 25 % and more, use "
        "with caution; ** more than 50 %, too unreliable: the ratio is not shown",
    ),
    ("{name}_degrees", "double", "{label}: effective degrees of freedom of the error"),
    ("{name}_lower", "double", "{label}: lower limit of the 95 % interval of the estimate"),
    ("{name}_upper", "double", "{label}: upper limit of the 95 % interval of the estimate"),
]  # fmt: skip
# Columns that a model has for each variable: name, the type that a contract asks for, description.
FORMS = {
    "values": [("{name}", "", "{text}")],
    "values_with_errors": [
        ("{name}", "", "{text}"),
        ("{name}_se", "", "{label}: standard error"),
    ],
    "totals": [
        ("{name}_actual", "", "{label}: sum over the sampled factories"),
        ("{name}_estimated", "", "{label}: estimate for all factories"),
        ("{name}_variance", "", "{label}: sampling variance of the estimate"),
    ],
    "estimates": [
        ("{name}_estimated", "", "{label}: estimate for all factories"),
        ("{name}_variance", "", "{label}: sampling variance of the estimate"),
    ],
    "errors": [
        (
            "{name}_smoothed_variance", "",
            "{label}: smoothed sampling variance; 0 where nothing was left to chance, null where "
            "it can't be estimated",
        ),
        ("{name}_degrees", "", "{label}: effective degrees of freedom of the variance"),
        ("{name}_lower", "", "{label}: lower limit of the 95 % interval"),
        ("{name}_upper", "", "{label}: upper limit of the 95 % interval"),
    ],
    "ratio_errors": [
        ("{name}_se", "", "{label}: standard error"),
        ("{name}_rse", "", "{label}: relative standard error"),
        ("{name}_degrees", "", "{label}: effective degrees of freedom"),
        ("{name}_lower", "", "{label}: lower limit of the 95 % interval"),
        ("{name}_upper", "", "{label}: upper limit of the 95 % interval"),
    ],
    "published": [
        (
            "{name}_actual", "double",
            "{label}: {definition}; added up over the sampled factories ({unit})",
        ),
        (
            "{name}_estimated", "double",
            "{label}: {definition}; weighted by the multiplier: the estimate for all factories "
            "({unit})",
        ),
        ("{name}_rse", "double", "{label}: relative standard error of the estimate (0-1)"),
        (
            "{name}_flag", "varchar",
            "{label}: reliability of the estimate: * relative standard error of 25 % and more, use "
            "with caution; ** more than 50 %, too unreliable",
        ),
        ("{name}_degrees", "double", "{label}: effective degrees of freedom of the error"),
        ("{name}_lower", "double", "{label}: lower limit of the 95 % interval of the estimate"),
        ("{name}_upper", "double", "{label}: upper limit of the 95 % interval of the estimate"),
    ],
    "beside_modelled": [
        (
            "{name}_estimated", "double",
            "{label}: direct estimate of the survey, as in cluster_state_year ({unit})",
        ),
        ("{name}_rse", "double", "{label}: relative standard error of the direct estimate (0-1)"),
        (
            "{name}_modelled", "double",
            "{label}, modelled: small-area estimate by Locus, not a figure of the survey ({unit}); "
            "never in place of the direct estimate",
        ),
        (
            "{name}_modelled_rmse", "double",
            "{label}, modelled: root of the mean squared error of the small-area estimate ({unit})",
        ),
        (
            "{name}_modelled_lower", "double",
            "{label}, modelled: lower limit, 95 %, of the small-area estimate ({unit})",
        ),
        (
            "{name}_modelled_upper", "double",
            "{label}, modelled: upper limit, 95 %, of the small-area estimate ({unit})",
        ),
    ],
    "with_model": [
        ("{name}_modelled", "", "{label}: modelled total"),
        ("{name}_modelled_rmse", "", "{label}: root of its mean squared error"),
        ("{name}_modelled_lower", "", "{label}: its lower limit, 95 %"),
        ("{name}_modelled_upper", "", "{label}: its upper limit, 95 %"),
        ("{name}_reason", "", "{label}: why the cell has no modelled total, empty where it has"),
    ],
    "published_ratios": [
        ("{name}", "double", "{text}; ratio of estimated totals"),
        *RATIO_ERRORS,
    ],
    "hidden": [("{name}_hidden", "", "Whether the family {name} is hidden")],
}  # fmt: skip
# Likewise for each variable that cells are set against totals by; {label} in lower case.
SHARES = {
    "share_of_cluster_{name}": "Share of the cluster's country total by {label}",
    "share_of_state_{name}": "Share of the state's total by {label}",
    "lq_{name}": "Location quotient by {label}",
}
PUBLISHED_SHARES = {
    "share_of_cluster_{name}": ("State's share of the cluster's {label} in the country", " (0-1)"),
    "share_of_state_{name}": (
        "Cluster's share of the state's {label}, of all factories that the survey covers", " (0-1)",
    ),
    "lq_{name}": (
        "Location quotient by {label}",
        ": share of the state over share of the country; 0 where the state has no such factory",
    ),
}  # fmt: skip
LIMITS = {"lower": "lower limit of the 95 % interval", "upper": "upper limit of the 95 % interval"}
QUOTIENT_FORMS = {
    "cells": [
        *(
            (f"{{variable}}_{whole}", "", f"{{variable_label}}: total of the {whole}")
            for whole in ("state", "cluster", "country")
        ),
        *((name, "", text) for name, text in SHARES.items()),
        *(
            (f"{name}_relative", "", f"{text}: square of its relative standard error")
            for name, text in SHARES.items()
        ),
    ],
    "standard_errors": [
        (f"{name}_se", "", f"{text}: standard error") for name, text in SHARES.items()
    ],
    "errors": [
        (f"{name}_{part}", "", f"{text}: {says}")
        for name, text in SHARES.items()
        for part, says in {"se": "standard error", **LIMITS}.items()
    ],
    "published": [
        column
        for name, (text, more) in PUBLISHED_SHARES.items()
        for column in [
            (name, "double", text + more),
            (f"{name}_se", "double", f"{text}: standard error of the estimate"),
            *((f"{name}_{part}", "double", f"{text}: {says}") for part, says in LIMITS.items()),
        ]
    ],
}
# Likewise for each value whose growth is reported.
GROWTH_FORMS = {
    "values": [
        ("{name}_growth", "", "Compound growth a year of {label}"),
        ("{name}_growth_se", "", "Growth of {label}: standard error"),
        ("{name}_symmetric_growth", "", "Symmetric growth over the span of {label}"),
        (
            "{name}_symmetric_growth_se", "",
            "Symmetric growth over the span of {label}: standard error",
        ),
    ],
    "errors": [
        (f"{{name}}_growth_{part}", "", f"Growth of {{label}}: {says}")
        for part, says in {"se": "standard error", **LIMITS}.items()
    ],
    "published": [
        ("{name}_growth", "double", "Compound growth a year of {label} (0.05 is 5 %)"),
        (
            "{name}_growth_se", "double",
            "Growth of {label}: standard error of the estimate, both samples taken as independent",
        ),
        *(
            (f"{{name}}_growth_{part}", "double", f"Growth of {{label}}: {says}")
            for part, says in LIMITS.items()
        ),
        (
            "{name}_symmetric_growth", "double",
            "Symmetric growth over the span of {label}: 2 (new - old) / (|new| + |old|), -2 to 2",
        ),
    ],
}  # fmt: skip


class Columns:
    """The columns that a line of a template stands for, one method for each kind of line."""

    def __init__(self, dictionary: Dictionary):
        self.dictionary = dictionary

    def variables(self, given: dict[str, Any]) -> list[Column]:
        """Columns of each variable, in the given form."""
        left_out = self._names(given.get("except", []))
        return [
            column
            for name in self._names(given["of"])
            if name not in left_out
            for column in _formed(given.get("as", "values"), self.dictionary.described(name))
        ]

    def _names(self, given: str | list[str]) -> list[str]:
        """Of a list of variables, of one variable, or of several of either."""
        wanted = [given] if isinstance(given, str) else given
        return once(name for one in wanted for name in self.dictionary.lists.get(one, [one]))

    def covariances(self, given: list[str]) -> list[Column]:
        """The covariance of each pair of estimates that is in one of the lists of pairs."""
        return [
            {
                "name": f"{one}_{other}_covariance",
                "description": f"Sampling covariance of {one} and {other}",
            }
            for one, other in once(
                pair for wanted in given for pair in self.dictionary.pairs[wanted]
            )
        ]

    def quotients(self, given: dict[str, str]) -> list[Column]:
        """Columns of each variable that cells are set against totals by, in the given form."""
        return [
            column
            for name, row in self.dictionary.quotients.items()
            for column in _columns(
                QUOTIENT_FORMS[given["as"]],
                row
                | {
                    "name": name,
                    "variable_label": self.dictionary.variables[row["variable"]]["label"],
                },
            )
        ]

    def growth(self, given: dict[str, str]) -> list[Column]:
        """Columns of each value whose growth is reported, in the given form."""
        return [
            column
            for name, row in self.dictionary.growth.items()
            for column in _columns(GROWTH_FORMS[given["as"]], row | {"name": name})
        ]

    def families(self, given: dict[str, str]) -> list[Column]:
        """Columns of each family of measures, in the given form."""
        names = self.dictionary.families
        return [column for name in names for column in _formed(given["as"], {"name": name})]

    def block(self, given: dict[str, Any]) -> list[Column]:
        """The fields of a block."""
        identifiers = self.dictionary.identifiers if given.get("identifiers") else {}
        fields = identifiers | self.dictionary.blocks[given["letter"]]
        return [
            {
                "name": name,
                "description": with_unit(field["description"], field.get("unit", "")),
            }
            for name, field in fields.items()
        ]


def _formed(form: str, described: dict[str, str]) -> list[Column]:
    return _columns(FORMS[form], described)


def _columns(form: list[tuple[str, str, str]], described: dict[str, str]) -> list[Column]:
    columns = []
    for name, data_type, description in form:
        column = {"name": name.format_map(described), "data_type": data_type}
        column["description"] = description.format_map(described)
        columns.append({key: value for key, value in column.items() if value})
    return columns
