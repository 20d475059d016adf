"""Models of the dbt project on tables that a test makes up: what dbt compiles, as it is, each after
what it is made of, as the manifest says."""

import csv
import re
import runpy
from pathlib import Path

import duckdb
import filelock
import pandas as pd

from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import write_user_tables
from locus_pipeline.user_tables.tables import USER_TABLES
from locus_pipeline.warehouse.dbt import PROJECT_DIR, ensure_manifest, run_dbt
from tests.support.dictionary import indicator_rules, macro
from tests.support.lineage import manifest_of, parents

VARIABLES = [*dict.fromkeys([*macro("measures"), *macro("factory_variables")])]


def compile_models(folder: Path) -> Path:
    """The folder of the compiled models, below `folder`; compiles the project where nobody has."""
    with filelock.FileLock(f"{folder}.lock"):
        if not folder.exists():
            aside = folder.with_name("compiling")
            (aside / "warehouse").mkdir(parents=True, exist_ok=True)
            settings = Settings(home=aside)
            ensure_manifest(settings)  # parsed once, for the homes of the suite too
            done = run_dbt(settings, "--quiet", "compile", target=aside / "dbt")
            assert done.returncode == 0, done.stdout
            aside.rename(folder)
    return folder / "dbt" / "compiled" / "locus" / "models"


def uncommented(model: Path) -> str:
    """A compiled model without the comments of its lines, to be put into parentheses."""
    return re.sub(r"--[^\n]*", "", model.read_text())


class Session:
    """What dbt hands to a Python model: its configuration, and the tables that it is made of."""

    def __init__(self, node: dict, tables: dict[str, duckdb.DuckDBPyRelation]):
        self.node, self.tables = node, tables

    @property
    def config(self) -> "Session":
        return self

    def __call__(self, **_) -> None:
        """What the model configures of itself: how dbt stores it."""

    def get(self, name: str) -> object:
        return self.node["config"][name]

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        return self.tables[name]


class Warehouse:
    """An empty warehouse in memory: give it tables, build models on them, ask."""

    def __init__(self, compiled: Path):
        manifest = manifest_of(compiled)
        self.models = {path.stem: path for path in compiled.rglob("*.sql")}
        self.parents = parents(manifest)
        self.nodes = {
            node["name"]: node
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed")
        }
        self.built: set[str] = set()
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as locus; use locus")
        for schema in (
            "raw", "reference", "staging", "intermediate", "definitions", "facts", "marts",
        ):  # fmt: skip
            self.connection.execute(f"create schema locus.{schema}")
        for table in USER_TABLES:
            columns = ", ".join(f"{name} {kind}" for name, kind in table.types.items())
            self.connection.execute(f"create table locus.raw.{table.name} ({columns})")

    def give_user_tables(self, settings: Settings) -> None:
        """The user's tables of a home, which are empty else."""
        write_user_tables(settings)
        for table in USER_TABLES:
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
        """These models as tables, and what of the models above them is not there yet."""
        wanted, waiting = set(names), list(names)
        while waiting:
            above = set(self.parents[waiting.pop()]) - wanted - self.there()
            wanted |= above
            waiting += above
        for name in self.parents:
            if name in wanted:
                self._build(name)

    def build_again(self, *changed: str) -> None:
        """The models that were built and rest on these tables, which are other ones now."""
        below = set(changed)
        for name, above in self.parents.items():
            if name in self.built - below and not below.isdisjoint(above):
                below.add(name)
                self._build(name)

    def there(self) -> set[str]:
        """The names of all tables."""
        rows = self.connection.execute("select table_name from duckdb_tables()").fetchall()
        return {name for (name,) in rows}

    def _build(self, name: str) -> None:
        self.built.add(name)
        if name in self.models:
            sql = uncommented(self.models[name])
            self.connection.execute(f"create or replace table {self._table(name)} as ({sql})")
        else:
            self.give(self._table(name).removeprefix("locus."), self._computed(name))

    def _computed(self, name: str) -> pd.DataFrame:
        """What a Python model makes."""
        node = self.nodes[name]
        model = runpy.run_path(str(PROJECT_DIR / node["original_file_path"]))["model"]
        above = [identifier.split(".")[-1] for identifier in node["depends_on"]["nodes"]]
        tables = {one: self.connection.table(self._table(one)) for one in above}
        return model(Session(node, tables), self.connection)

    def _table(self, name: str) -> str:
        return f"locus.{self.nodes[name]['schema']}.{name}"

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
    warehouse.build("int_estimate_errors")


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
    warehouse.give("intermediate.int_measures", disclosure_measures())


def disclosure_measures() -> pd.DataFrame:
    """The model int_measures as the warehouse reads it."""
    path = SEEDS_DIR / "variables" / "variables.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = rows[rows.kind == "measure"].rename(columns={"variable": "measure"})
    flags = {name: rows[name] == "true" for name in ("is_signed", "is_dominance")}
    return rows.assign(disclosure_family=rows.disclosure_family.replace("", None), **flags)


def build_indicators(warehouse: Warehouse) -> None:
    """From totals to the published indicators; few draws and replicates are enough here."""
    rules = indicator_rules()
    rules.loc[rules.parameter == "proximity_draws", "value"] = 50
    rules.loc[rules.parameter == "index_replicates", "value"] = 20
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
    warehouse.build(
        "int_disclosure", "cluster_indicators", "cluster_indicators_harmonised",
        "cluster_concentration", "state_specialisation", "cluster_relatedness",
    )  # fmt: skip
