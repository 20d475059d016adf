"""Models of the dbt project on tables that a test makes up: the SQL that dbt compiles, as it is."""

import csv
import re
from pathlib import Path

import duckdb
import pandas as pd

from locus_pipeline.methods.indicators.disclosure import suppressed
from locus_pipeline.methods.indicators.relatedness import density, relatedness
from locus_pipeline.methods.indicators.sensitivity import Rules
from locus_pipeline.methods.indicators.stars import StarRules, award
from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import write_user_tables
from locus_pipeline.user_tables.tables import TABLES
from locus_pipeline.warehouse.dbt import run_dbt
from tests.support.lineage import manifest_of, schemas
from tests.unit.warehouse.test_indicators_measures import indicator_rules, macro

VARIABLES = [*dict.fromkeys([*macro("measures"), *macro("factory_variables")])]


def compile_models(folder: Path) -> Path:
    """Compiles the project; returns the folder of the compiled models."""
    settings = Settings(home=folder)
    (folder / "warehouse").mkdir(parents=True)
    done = run_dbt(settings, "--quiet", "compile", target=folder / "dbt")
    assert done.returncode == 0, done.stdout
    return folder / "dbt" / "compiled" / "locus" / "models"


def uncommented(model: Path) -> str:
    """A compiled model without the comments of its lines, to be put into parentheses."""
    return re.sub(r"--[^\n]*", "", model.read_text())


class Warehouse:
    """An empty warehouse in memory: give it tables, build models on them, ask."""

    def __init__(self, compiled: Path):
        self.models = {path.stem: path for path in compiled.rglob("*.sql")}
        self.schemas = schemas(manifest_of(compiled))
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as locus; use locus")
        for schema in (
            "raw", "reference", "staging", "intermediate", "definitions", "facts", "marts",
        ):  # fmt: skip
            self.connection.execute(f"create schema locus.{schema}")
        for table in TABLES:
            columns = ", ".join(f"{name} {kind}" for name, kind in table.types.items())
            self.connection.execute(f"create table locus.raw.{table.name} ({columns})")

    def give_user_tables(self, settings: Settings) -> None:
        """The user's tables of a home, which are empty else."""
        write_user_tables(settings)
        for table in TABLES:
            self.connection.execute(
                f"insert into locus.raw.{table.name} from read_parquet(?)",
                [str(settings.raw / "catalogue" / f"{table.name}.parquet")],
            )

    def give(self, table: str, rows: pd.DataFrame) -> None:
        """A table `schema.name` with these rows."""
        self.connection.register("given", rows)
        self.connection.execute(f"create or replace table locus.{table} as from given")
        self.connection.unregister("given")

    def give_seed(self, folder: str, name: str) -> None:
        path = SEEDS_DIR / folder / f"{name}.csv"
        self.connection.execute(
            f"create table locus.reference.{name} as from read_csv(?, all_varchar = true)",
            [str(path)],
        )

    def build(self, *names: str) -> None:
        """The models as tables, in this order."""
        for name in names:
            sql = uncommented(self.models[name])
            table = f"locus.{self.schemas[name]}.{name}"
            self.connection.execute(f"create or replace table {table} as ({sql})")

    def query(self, sql: str) -> pd.DataFrame:
        return self.connection.execute(sql).df()

    def give_factories(self, rows: pd.DataFrame) -> None:
        """The factory table; columns that the rows leave out are zero, open and real."""
        defaults = {
            "nic_version": "NIC-2008",
            "nic_return": "10101",
            "nic_frame": "1010",
            "state_code": "09",
            "district_code": "99",
            "sector": "1",
            "scheme": "2",
            "is_open": True,
            "first_production_year": 2000,
            "is_synthetic": False,
            **dict.fromkeys(macro("factory_codes"), "01"),
            "working_days": 300.0,
            **dict.fromkeys(VARIABLES, 0.0),
            "units": 1.0,
        }
        missing = {name: value for name, value in defaults.items() if name not in rows}
        self.give("intermediate.factory", rows.assign(**missing))

    def give_clusters(self, cluster_of: dict[str, str]) -> None:
        """The cluster of each NIC code, and the names of clusters."""
        self.connection.execute(
            """
            create or replace table locus.intermediate.int_nic_assignment as
            select distinct
                nic_version, coalesce(nic_return, '') as nic_return,
                coalesce(nic_frame, '') as nic_frame,
                '' as cluster_code, '' as cluster_name, 'traded' as cluster_type,
                'code of the return' as assignment_rule
            from locus.intermediate.factory
            """
        )
        for code, cluster in cluster_of.items():
            self.connection.execute(
                "update locus.intermediate.int_nic_assignment "
                "set cluster_code = $cluster, cluster_name = 'Cluster ' || $cluster "
                "where nic_return = $code",
                {"code": code, "cluster": cluster},
            )


# From open factories to the rows of the estimation engine.
ENGINE = (
    "int_factory_variables", "int_factory_domains", "int_estimates", "int_estimate_errors",
)  # fmt: skip


def build_totals(warehouse: Warehouse, factories: pd.DataFrame, cluster_of: dict[str, str]) -> None:
    """From factories to totals with variances, through every model on the way; prices and
    productivity are of nobody."""
    give_places_and_designs(warehouse)
    warehouse.give_factories(factories)
    warehouse.give_clusters(cluster_of)
    warehouse.connection.execute(
        "create table raw.survey_years as select survey_year, 'abcdefghij' as blocks, "
        "bool_or(is_synthetic) as is_synthetic from intermediate.factory group by survey_year"
    )
    warehouse.connection.execute(
        """
        create table facts.int_facts_prices (
            survey_year varchar, factory_id varchar, log_product_prices double,
            priced_sales double, log_purchase_prices double, priced_purchases double,
            principal_sales double
        );
        create table facts.int_facts_productivity (
            survey_year varchar, factory_id varchar, residual double
        );
        """
    )
    warehouse.build("int_industry_changes", "int_sampling_strata", "int_open_factory", *ENGINE)


def give_places_and_designs(warehouse: Warehouse) -> None:
    """The reference tables of states, of the survey's sampling and of what is estimated."""
    warehouse.give_seed("geography", "states")
    warehouse.give_seed("geography", "state_former_names")
    warehouse.give_seed("geography", "states_harmonised")
    with (SEEDS_DIR / "asi" / "asi_sampling_designs.csv").open(newline="") as file:
        designs = pd.DataFrame(csv.DictReader(file))
    designs = designs.assign(
        uses_district=designs.uses_district == "true",
        uses_sector=designs.uses_sector == "true",
        nic_digits=designs.nic_digits.astype(int),
        last_year=designs.last_year.replace("", None),
    )
    warehouse.give("reference.asi_sampling_designs", designs)
    for folder, name in (
        ("estimates", "estimation_domains"), ("estimates", "interval_rules"),
        ("facts", "facts_size_limits"),
    ):  # fmt: skip
        warehouse.give(f"reference.{name}", pd.read_csv(SEEDS_DIR / folder / f"{name}.csv"))


def suppress(warehouse: Warehouse) -> None:
    """Disclosure control of the open factories, the Python model as its function."""
    warehouse.build("int_disclosure_factories")
    factories = warehouse.query("from intermediate.int_disclosure_factories")
    hidden = suppressed(factories, disclosure_measures(), Rules())
    warehouse.give("intermediate.int_disclosure", hidden)


def disclosure_measures() -> pd.DataFrame:
    """The model int_measures as the warehouse reads it."""
    path = SEEDS_DIR / "variables" / "variables.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = rows[rows.kind == "measure"].rename(columns={"variable": "measure"})
    flags = {name: rows[name] == "true" for name in ("is_signed", "is_dominance")}
    return rows.assign(disclosure_family=rows.disclosure_family.replace("", None), **flags)


def build_indicators(warehouse: Warehouse) -> None:
    """From totals to the published indicators, the Python models as their functions."""
    rules = indicator_rules()
    warehouse.give("reference.indicator_rules", rules)
    warehouse.give_seed("indicators", "definition_breaks")
    warehouse.connection.execute(
        """
        create table definitions.clusters as
        select distinct cluster_code, cluster_name from intermediate.int_estimates
        where domain = 'cluster';
        create table intermediate.int_variable_availability as
        select
            null::varchar as survey_year, null::varchar as variable, null::varchar as null_reason
        where false;
        insert into intermediate.int_variable_availability
        select survey_year, 'total_output', null from raw.survey_years;
        """
    )
    suppress(warehouse)
    warehouse.build(
        "int_indicator_cells", "int_factory_quartiles", "int_indicator_growth",
        "int_indicator_errors", "int_growth_errors",
        "int_shown_employment", "int_star_statistics", "int_home_clusters",
    )  # fmt: skip
    statistics = warehouse.query("from intermediate.int_star_statistics")
    warehouse.give("intermediate.int_stars", award(statistics, StarRules.from_table(rules)))
    home = warehouse.query("from intermediate.int_home_clusters")
    warehouse.give("intermediate.int_relatedness_density", density(home))
    warehouse.give("intermediate.int_relatedness", relatedness(home, 50, 2, 0.4))
    warehouse.build(
        "int_published_indicators", "cluster_indicators", "cluster_indicators_harmonised",
        "cluster_concentration", "state_specialisation", "cluster_relatedness",
    )  # fmt: skip
