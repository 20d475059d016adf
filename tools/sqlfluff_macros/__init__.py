"""What sqlfluff needs to render the models without dbt, a database or a home: the project's own
macros, with dbt's `return`, and plain names for what dbt would look up.

sqlfluff takes every name of this module into the models (`library_path` in pyproject.toml).
"""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import yaml

_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
_VARIABLES = yaml.safe_load((_PROJECT / "dbt_project.yml").read_text())["vars"]


class _Returned(Exception):  # noqa: N818, a value on its way and no error
    """What a macro returns, as dbt has it: a value of any type instead of text."""

    def __init__(self, value: Any):
        self.value = value


class _Macro:
    """A macro of the project, called by its name."""

    def __init__(self, name: str):
        self.name = name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            return _MACROS[self.name](*arguments, **named)
        except _Returned as returned:
            return _start(returned.value)


def _start(value: Any) -> Any:
    """The first two of a long list: what a loop writes is the same for the rest, and the time is
    not."""
    return value[:2] if isinstance(value, list) and len(value) > 3 else value


def _return(value: Any) -> None:
    raise _Returned(value)


def _refuse(words: str) -> None:
    raise ValueError(words)


_ENVIRONMENT = jinja2.Environment(  # noqa: S701, SQL and no page
    extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined
)
# One template for each macro: inside one of its own, a name would be the macro without its return.
_TEXTS = {
    name: text
    for path in sorted((_PROJECT / "macros").rglob("*.sql"))
    for text, name in re.findall(
        r"(\{%-? macro (\w+).*?\{%-? endmacro -?%\})", path.read_text(), re.DOTALL
    )
}
_DBT = {
    "return": _return,
    "ref": lambda model: model,
    "source": lambda name, table: f"{name}_{table}",
    "config": lambda **_: "",
    "var": lambda name, default=None: _VARIABLES.get(name, default),
    "this": "this",
    "model": SimpleNamespace(columns={"survey_year": {}, "cluster_code": {}}),
    "execute": False,
    "is_incremental": lambda: False,
    "exceptions": SimpleNamespace(raise_compiler_error=_refuse),
    "adapter": SimpleNamespace(
        dispatch=lambda name, _: _Macro(
            f"duckdb__{name}" if f"duckdb__{name}" in _TEXTS else f"default__{name}"
        )
    ),
    "dbt": SimpleNamespace(
        type_string=lambda: "varchar",
        string_literal=lambda text: f"'{text}'",
        escape_single_quotes=lambda text: text.replace("'", "''"),
        split_part=lambda text, mark, place: f"split_part({text}, {mark}, {place})",
        hash=lambda text: f"md5({text})",
        dateadd=lambda part, number, day: f"{day} + {number} * interval 1 {part}",
        listagg=lambda measure, mark, order: f"string_agg({measure}, {mark} {order})",
    ),
}
_KNOWN = _DBT | {name: _Macro(name) for name in _TEXTS}
_ENVIRONMENT.globals |= _KNOWN
_MACROS = {
    name: getattr(_ENVIRONMENT.from_string(text).module, name) for name, text in _TEXTS.items()
}
globals().update(_KNOWN)
