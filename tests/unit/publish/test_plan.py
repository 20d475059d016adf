"""The plan of a list by hand, and its workbook: formulas, texts that stay texts, the same bytes."""

import csv
import io
import shutil
import subprocess

import openpyxl
import pytest
from click.testing import CliRunner
from pytest import approx

from locus_pipeline.cli import locus
from locus_pipeline.publish.plan import PlanError, printed_of, read_plan
from locus_pipeline.publish.plan_workbook import plan_workbook, write_plan
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.sheet import UserTableError
from tests.support.selection_tables import COST, PLANNED

SOFFICE = shutil.which("soffice")


def table(path, rows: list[dict[str, str]]):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def home(tmp_path) -> Settings:
    return Settings(tmp_path / "home")


@pytest.fixture
def plan(home, tmp_path):
    """Two clusters of Madhya Pradesh and one of Tamil Nadu, one of them called like a formula."""
    clusters = table(
        tmp_path / "list.csv",
        [
            PLANNED | {"size": "average"},
            PLANNED | {"cluster_id": "b", "rule": "industrial", "infrastructure": "false"},
            PLANNED
            | {"cluster_id": "c", "cluster_name": "=1+1", "state_code": "33", "size": "small"},
        ],
    )
    costs = table(tmp_path / "own.csv", [COST, COST | {"cluster_id": "c", "cost": "+SUM(A1)"}])
    return read_plan(home, clusters, costs)


def test_a_plan_of_a_list_by_hand(plan):
    sums = plan.costs.groupby("cluster_id")[["low", "average", "high"]].sum()
    extra = (12.5, 16.25, 20)
    # average: 50-100 + 40 + 100-200
    assert sums.loc["IN-23-chanderi-handloom-01"].tolist() == approx(
        [190 + extra[0], 265 + extra[1], 340 + extra[2]]
    )
    # large, no infrastructure: the upper half of 50-100, and 40
    assert sums.loc["b"].tolist() == approx([115, 127.5, 140])
    # small: the lower half of 50-100 and of 100-200
    assert sums.loc["c"].tolist() == approx([190 + extra[0], 227.5 + extra[1], 265 + extra[2]])
    # two with infrastructure (160-250 by the parts, 130-250 as printed), one without (80-100)
    assert printed_of(plan).to_dict("index") == {
        "from_parts": {"low": approx(400), "high": approx(600)},
        "as_printed": {"low": approx(340), "high": approx(600)},
    }


def test_no_text_is_a_formula_and_every_sum_is_one(plan):
    workbook = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)))
    assert workbook.sheetnames == ["Programme", "States", "Clusters", "Costs", "Tariff"]
    clusters = workbook["Clusters"]
    name = clusters["B4"]
    assert (name.value, name.data_type) == ("=1+1", "s")
    named = [row[3] for row in workbook["Costs"].iter_rows(min_row=2) if row[3].value == "+SUM(A1)"]
    assert [cell.data_type for cell in named] == ["s"] * 3
    assert all(
        clusters.cell(row, column).data_type == "f" for row in (2, 3, 4) for column in (7, 8, 9)
    )
    programme = {row[0].value: row[1] for row in workbook["Programme"].iter_rows()}
    assert programme["Programme"].data_type == "f"
    assert programme["year 5"].data_type == "f"
    assert plan_workbook(plan) == plan_workbook(plan)


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not on this machine")
def test_libreoffice_computes_the_same_and_follows_a_change(plan, home, tmp_path):
    def calculated(path) -> openpyxl.Workbook:
        out = tmp_path / "calculated"
        subprocess.run(
            [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless",
             "--convert-to", "xlsx", "--outdir", out, path],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        return openpyxl.load_workbook(out / path.name, data_only=True)

    path = tmp_path / "plan.xlsx"
    write_plan(home, plan, path)
    workbook = calculated(path)
    programme = {row[0].value: [cell.value for cell in row[1:4]] for row in workbook["Programme"]}
    amounts = ["low", "average", "high"]
    assert programme["Programme"] == approx(plan.costs[amounts].sum().tolist())
    for payer, row in plan.costs.groupby("payer")[amounts].sum().iterrows():
        assert programme[f"paid by {payer.replace('_', ' ')}"] == approx(row.tolist())
    for year, row in plan.costs.groupby("year")[amounts].sum().iterrows():
        assert programme[f"year {year}"] == approx(row.tolist())
    of_clusters = plan.costs.groupby("cluster_id")[amounts].sum()
    for row in workbook["Clusters"].iter_rows(min_row=2, values_only=True):
        assert list(row[6:9]) == approx(of_clusters.loc[row[0]].tolist())
    states = {row[0]: row[1:4] for row in workbook["States"].iter_rows(values_only=True)}
    tamil_nadu = of_clusters.loc["c"].tolist()
    assert list(states["Tamil Nadu"]) == approx(tamil_nadu)
    printed = printed_of(plan).loc[["from_parts", "as_printed"]].to_numpy().ravel().tolist()
    beside = [row[at].value for row in [*workbook["Programme"]][-2:] for at in (1, 3)]
    assert beside == approx(printed)
    # somebody makes the small cluster a large one without infrastructure
    changed = openpyxl.load_workbook(path)
    changed["Clusters"]["E4"], changed["Clusters"]["F4"] = "large", "no"
    changed.save(tmp_path / "changed.xlsx")
    rows = calculated(tmp_path / "changed.xlsx")["Clusters"]
    assert [cell.value for cell in rows[4][6:9]] == approx([115 + 12.5, 127.5 + 16.25, 160])


@pytest.mark.parametrize(
    ("listed", "costs", "words"),
    [
        (None, None, "no edition with a plan is published; use `locus run`, or give"),
        (None, "own.csv", "costs without a list; give --list too"),
    ],
)
def test_nothing_to_plan_for_is_told(home, tmp_path, listed, costs, words):
    with pytest.raises(PlanError, match=words):
        read_plan(home, listed, costs and tmp_path / costs)


def test_bad_files_of_the_command_are_told_like_those_of_a_home(home, tmp_path):
    clusters = table(tmp_path / "list.csv", [PLANNED | {"size": "huge"}])
    with pytest.raises(UserTableError, match=r"list\.csv, line 2, column size: .*small, average"):
        read_plan(home, clusters, None)
    with pytest.raises(UserTableError, match="not a file that can be read"):
        read_plan(home, tmp_path / "nothing.csv", None)
    good = table(tmp_path / "list.csv", [PLANNED])
    costs = table(tmp_path / "own.csv", [COST | {"cluster_id": "elsewhere"}])
    with pytest.raises(UserTableError, match=r"own\.csv, line 2, column cluster_id: no cluster of"):
        read_plan(home, good, costs)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("plan.csv", "give it a name that ends in .xlsx"),
        ("nowhere/plan.xlsx", "is not there; make it first"),
        ("home/editions/e1/plan.xlsx", "inside of an edition, which never changes"),
    ],
)
def test_a_workbook_is_not_written_just_anywhere(plan, home, tmp_path, name, words):
    with pytest.raises(PlanError, match=words):
        write_plan(home, plan, tmp_path / name)


def test_the_command_prints_the_plan_and_what_the_source_prints(tmp_path):
    clusters = table(tmp_path / "list.csv", [PLANNED | {"size": "average"}])
    out = tmp_path / "plan.xlsx"
    done = CliRunner().invoke(
        locus,
        ["plan", "--home", str(tmp_path / "home"), "--list", str(clusters), "--out", str(out)],
    )
    assert done.exit_code == 0, done.output
    assert out.exists()
