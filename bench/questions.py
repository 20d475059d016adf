"""Typical questions of readers to a published `locus.duckdb`, each asked of a file newly opened.

    python -m bench.questions PUBLISHED

Prints a line for each: milliseconds (the middle of five) and the question.
"""

import statistics
import sys
import time
from pathlib import Path

import duckdb

QUESTIONS = {
    "one cluster in all states and years": """
        select survey_year, state_name, units_estimated from cluster_state_year
        where cluster_code = (select min(cluster_code) from cluster_state_year)
    """,
    "one state in one year": """
        select cluster_name, units_estimated from cluster_state_year
        where state_code = '27' and survey_year = (select max(survey_year) from survey_year_summary)
    """,
    "largest clusters of the newest year": """
        select cluster_name, total_employees_estimated from cluster_year
        where survey_year = (select max(survey_year) from cluster_year)
        order by total_employees_estimated desc limit 10
    """,
    "industries of a state over the years": """
        select survey_year, nic_code, sum(units_estimated) from nic_state_year
        where state_code = '27' group by all
    """,
    "the FACTS parameters of one object": """
        select period, parameter_code, component, value from facts_metrics
        where object_id = (select min(object_id) from facts_metrics)
    """,
}
TIMES = 5


def milliseconds(path: Path, question: str) -> float:
    """From opening the file to the last row of the answer."""
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        with duckdb.connect(str(path), read_only=True) as edition:
            edition.execute(question).fetchall()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def main() -> None:
    """All questions."""
    for name, question in QUESTIONS.items():
        print(f"{milliseconds(Path(sys.argv[1]) / 'locus.duckdb', question):.1f}\t{name}")


if __name__ == "__main__":
    main()
