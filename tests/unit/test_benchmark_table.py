"""A user's own benchmark table replaces ours, and the edition's method says so."""

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.catalogue import method_version
from locus_pipeline.warehouse.project import dbt_environment


def test_own_table_is_named_to_dbt_and_changes_the_method(tmp_path):
    settings = Settings(home=tmp_path)
    ours = method_version(settings)
    assert dbt_environment(settings)["LOCUS_BENCHMARK_CLUSTERS"] == ""
    settings.own_benchmark.parent.mkdir()
    settings.own_benchmark.write_text("naics_version,naics_code\n")
    first = method_version(settings)
    assert dbt_environment(settings)["LOCUS_BENCHMARK_CLUSTERS"] == str(settings.own_benchmark)
    settings.own_benchmark.write_text("naics_version,naics_code\n2007,111110\n")
    assert len({ours, first, method_version(settings)}) == 3
