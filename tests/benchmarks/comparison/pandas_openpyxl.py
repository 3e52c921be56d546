"""Contender: pandas alone. Rosters are read with openpyxl (or calamine), checked as columns, and every table becomes Parquet."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import rosters
import task

ROW = ["collection_id", "unit_code", "row_number"]
SCHOOL_GRADE = ["collection_id", "unit_code", "school_id", "stage", "grade"]
COMPULSORY = ("primary", "junior")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--engine", choices=["openpyxl", "calamine"], default="openpyxl")
    options = parser.parse_args()
    rows = typed(pd.concat(rosters.read_all(options.landing, options.engine), ignore_index=True))
    options.out.mkdir(parents=True)
    for name, table in warehouse(rows).items():
        table.to_parquet(options.out / f"{name}.parquet", index=False)


def typed(sent: pd.DataFrame) -> pd.DataFrame:
    """Codes instead of labels and a date instead of its text; the text that was sent stays beside them as `sent_…`."""
    rows = sent.rename(columns={name: f"sent_{name}" for name in (*task.CODED, "birth_date")})
    spellings = task.code_spellings()
    for name in task.CODED:
        codes = spellings[spellings.code_list == name].set_index("spelling").code
        rows[name] = rows[f"sent_{name}"].map(codes).astype("category")
    grades = spellings[spellings.code_list == "grade"].drop_duplicates("code").set_index("code").code_group
    rows["stage"] = rows.grade.map(grades)
    rows["birth_date"] = pd.to_datetime(rows.sent_birth_date.str[:10], format="%Y-%m-%d", errors="coerce")
    return rows


def warehouse(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Every table that is stored, by name."""
    faults = find_faults(rows)
    errors = faults[faults.severity == "error"]
    is_wrong = rows.index.isin(errors.index)
    reasons = (errors.check_id + " " + errors.column_name).groupby(level=0).agg("; ".join).rename("reason")
    pupils = rows[~is_wrong]
    facts = {
        "fct_enrollment": enrollment(pupils),
        "fct_class": count(pupils, [*SCHOOL_GRADE, "class_name"]),
        "fct_fitness": count(pupils.dropna(subset="fitness_grade"), [*SCHOOL_GRADE, "fitness_grade"]),
    }
    return {
        "pupils": as_stored(pupils),
        "rows_set_aside": as_stored(rows[is_wrong]).join(reasons),
        "row_faults": faults,
        **facts,
        "metrics": metrics(**facts),
    }


def as_stored(rows: pd.DataFrame) -> pd.DataFrame:
    """Without what only the checks needed, and with the month of birth alone."""
    kept = rows.drop(columns=rows.columns[rows.columns.str.startswith("sent_") | rows.columns.str.endswith("_fault")])
    months = rows.birth_date.dt.to_period("M").dt.to_timestamp()
    return kept.drop(columns="birth_date").assign(birth_month=months)


# -- checks
def find_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a fault of a row; the index is that of `rows`."""
    faults = pd.concat([*identity_faults(rows), *column_faults(rows), *birth_date_faults(rows)])
    faults["severity"] = faults.check_id.map(task.SEVERITIES)
    accepted = rows.drop(index=faults.index[faults.severity == "error"])
    repeated = accepted.sort_values("row_number").duplicated(["collection_id", "unit_code", "student_key"])
    duplicates = fault(accepted, repeated, "row.duplicate", "student_id").assign(severity="error")
    return pd.concat([faults, duplicates])


def fault(rows: pd.DataFrame, is_wrong: pd.Series, check_id: str, column: str) -> pd.DataFrame:
    """The fault of the rows where the mask holds."""
    return rows.loc[is_wrong[is_wrong].index, ROW].assign(column_name=column, check_id=check_id)


def identity_faults(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """What was found before names and numbers were dropped."""
    columns = ["name", "student_id", "id_number", "birth_date"]
    found = {column: rows[f"{column}_fault"].dropna() for column in columns}
    return [rows.loc[faults.index, ROW].assign(column_name=name, check_id=faults) for name, faults in found.items()]


def column_faults(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Required cells, codes and the pattern of school numbers."""

    def sent(name: str) -> pd.Series:
        return rows.get(f"sent_{name}", rows[name])

    is_school_id = rows.school_id.str.match(task.SCHOOL_ID_PATTERN, na=True)
    return [
        *(fault(rows, sent(name).isna(), "cell.required", name) for name in task.REQUIRED),
        *(fault(rows, sent(name).notna() & rows[name].isna(), "cell.code", name) for name in task.CODED),
        fault(rows, ~is_school_id, "cell.pattern", "school_id"),
    ]


def birth_date_faults(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Whether it is a date at all, its range, and the age against the usual age of the grade."""
    dates = task.reference_dates().set_index("collection_id").reference_date
    reference = pd.to_datetime(rows.collection_id.map(dates))
    outside = (rows.birth_date < task.EARLIEST_BIRTH_DATE) | (rows.birth_date > reference)
    usual = rows.grade.astype("str").map(task.usual_ages().set_index("grade").usual_age_years)
    ages = (calendar_number(reference) - calendar_number(rows.birth_date)) // 10_000
    return [
        fault(rows, rows.sent_birth_date.notna() & rows.birth_date.isna(), "cell.type", "birth_date"),
        fault(rows, outside, "cell.range", "birth_date"),
        fault(rows, (ages - usual).abs() > task.AGE_TOLERANCE_YEARS, "row.age_for_grade", "birth_date"),
    ]


def calendar_number(dates: pd.Series) -> pd.Series:
    """20200901 for 2020-09-01, so that whole years are the difference over 10,000."""
    numbers: pd.Series = dates.dt.year * 10_000 + dates.dt.month * 100 + dates.dt.day
    return numbers


# -- facts and metrics
def count(pupils: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return pupils.groupby(by).size().rename("pupils").reset_index()


def enrollment(pupils: pd.DataFrame) -> pd.DataFrame:
    classes = pupils.groupby(SCHOOL_GRADE).class_name.nunique().rename("classes").reset_index()
    return count(pupils, [*SCHOOL_GRADE, "sex"]).merge(classes, on=SCHOOL_GRADE)


def metrics(fct_enrollment: pd.DataFrame, fct_class: pd.DataFrame, fct_fitness: pd.DataFrame) -> pd.DataFrame:
    """One row a metric, collection and unit, and one for the city."""
    compulsory = fct_class[fct_class.stage.isin(COMPULSORY)]
    is_large = compulsory.pupils >= task.LARGE_CLASS_PUPILS_MIN
    ordinary = compulsory[~compulsory.school_id.str.startswith(task.SPECIAL_SCHOOL_PREFIX)]
    limits = ordinary.stage.map(task.class_size_limits().set_index("stage").pupils_at_most)
    grades = task.code_spellings().query("code_list == 'fitness_grade'").drop_duplicates("code")
    results = fct_fitness.fitness_grade.astype("str").map(grades.set_index("code").code_group)
    tested = fct_fitness[
        results.isin(["passed", "failed"]) & fct_fitness.stage.isin([*COMPULSORY, "senior", "vocational"])
    ]
    return pd.concat(
        [
            figures("pupils", fct_enrollment, fct_enrollment.pupils, None),
            figures("girls_share", fct_enrollment, only(fct_enrollment, "sex", "F"), fct_enrollment.pupils),
            figures("average_class_size", compulsory, compulsory.pupils, 1),
            figures("large_class_share", compulsory, is_large, 1),
            *(
                figures(f"small_class_share_{stage}", classes, classes.pupils <= limits[classes.index], 1)
                for stage, classes in ordinary.groupby("stage")
            ),
            figures("fitness_pass_rate", tested, tested.pupils.where(results == "passed", 0), tested.pupils),
            figures("fitness_excellent_share", tested, only(tested, "fitness_grade", "excellent"), tested.pupils),
        ]
    )


def only(fact: pd.DataFrame, column: str, code: str) -> pd.Series:
    """The pupils of rows with this code, 0 elsewhere."""
    return fact.pupils.where(fact[column] == code, 0)


def figures(
    metric_id: str, fact: pd.DataFrame, numerator: pd.Series, denominator: pd.Series | int | None
) -> pd.DataFrame:
    """Sums by unit, and for the city over all units, its own schools too."""
    amounts = fact[["collection_id", "unit_code"]].assign(numerator=numerator, denominator=denominator)
    units = amounts[amounts.unit_code != task.CITY]
    both = pd.concat([units, amounts.assign(unit_code=task.CITY)]).astype({"numerator": float, "denominator": float})
    sums = both.groupby(["collection_id", "unit_code"]).sum(min_count=1).reset_index()
    named: pd.DataFrame = sums.assign(metric_id=metric_id)
    return named


if __name__ == "__main__":
    main()
