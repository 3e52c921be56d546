"""The task, described once for every contender: which documents, which columns, which checks, which metrics.

What it needs to know (codes, usual ages, class sizes, reference dates) stands in the project's seeds and is read from there.
Contenders that work in SQL state the checks and metrics in their models again; `run.py` compares what they come to.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

SEEDS_DIR = Path(__file__).resolve().parents[3] / "dbt_project" / "seeds"
FORM_ZH = "学生名册"
HEADING_ROW = 2  # a title stands above the headings
COLUMNS = {
    "学籍号": "student_id",
    "姓名": "name",
    "身份证件号": "id_number",
    "性别": "sex",
    "出生日期": "birth_date",
    "学校标识码": "school_id",
    "年级": "grade",
    "班级": "class_name",
    "就读方式": "boarding",
    "残疾类型": "disability",
    "安置方式": "placement",
    "体质健康测试等级": "fitness_grade",
}
REQUIRED = ("sex", "birth_date", "school_id", "grade", "class_name")  # and name, and student_id or id_number
CODED = ("sex", "grade", "boarding", "disability", "placement", "fitness_grade")  # each by the code list of its name

STUDENT_ID_PATTERN = "^[GLJ][0-9]{17}[0-9X]$"
SCHOOL_ID_PATTERN = "^[0-9]{10}$"
EARLIEST_BIRTH_DATE = "1990-01-01"  # the latest is the reference date of the collection
AGE_TOLERANCE_YEARS = 3

# A row with an error is set aside; a query is only recorded. `row.duplicate` is judged last: of the rows of one pupil in a
# unit that have no error, the first one stays.
SEVERITIES = {
    "cell.required": "error",
    "cell.type": "error",  # birth_date is no date
    "cell.code": "error",
    "cell.pattern": "error",  # student_id and school_id
    "cell.range": "error",  # birth_date
    "id.checksum": "error",  # the check digit of GB 11643, in id_number and in a student_id that starts with G
    "row.duplicate": "error",
    "id.other_document": "query",  # id_number is not 18 characters of an ID number
    "id.birth_date": "query",  # birth_date is not the date inside the ID number
    "row.age_for_grade": "query",  # reported at birth_date
}

CITY = "331000"  # in metrics the whole city, in facts the schools that the city runs itself
SPECIAL_SCHOOL_PREFIX = "51"  # a school's number starts with its type
LARGE_CLASS_PUPILS_MIN = 56
# Each of a unit and of the city, as numerator and denominator; a unit without a denominator has no row.
METRICS = {
    "pupils": "pupils, over nothing",
    "girls_share": "girls over pupils",
    "average_class_size": "pupils over classes, in primary and junior grades",
    "large_class_share": "classes of 56 and more over classes, in primary and junior grades",
    "small_class_share_primary": "classes within the limit over classes, in primary grades outside special schools",
    "small_class_share_junior": "classes within the limit over classes, in junior grades outside special schools",
    "fitness_pass_rate": "pupils who passed over pupils tested, from primary grades on",
    "fitness_excellent_share": "pupils who were excellent over pupils tested, from primary grades on",
}


def documents(landing: Path) -> list[Path]:
    """The rosters of a landing zone, the largest first so that two workers end together."""
    found = landing.glob(f"*/*/{FORM_ZH}.xlsx")
    return sorted(found, key=lambda path: path.stat().st_size, reverse=True)


def code_spellings() -> pd.DataFrame:
    """One row a spelling that stands for a code: the code itself, its label, and every other accepted label."""
    codes = _seed("codes")
    codes = codes[codes.code_list.isin(CODED)]
    spellings = codes.code + "|" + codes.label_zh + "|" + codes.accepted_labels
    table = codes.assign(spelling=spellings.str.split("|")).explode("spelling").rename(columns={"group": "code_group"})
    return table.loc[table.spelling != "", ["code_list", "spelling", "code", "code_group"]]


def reference_dates() -> pd.DataFrame:
    """The date by which each collection judges ages."""
    dates = _seed("collections")[["collection_id", "reference_date"]]
    return dates.assign(reference_date=pd.to_datetime(dates.reference_date).dt.date)


def usual_ages() -> pd.DataFrame:
    """The usual age in whole years by grade."""
    thresholds = _seed("check_thresholds")
    usual = thresholds[thresholds.threshold.str.startswith("usual_years_")]
    return pd.DataFrame(
        {"grade": usual.threshold.str.removeprefix("usual_years_"), "usual_age_years": usual.value.astype(int)}
    )


def class_size_limits() -> pd.DataFrame:
    """How many pupils a small class has at most, by stage."""
    return _seed("class_size_limits").astype({"pupils_at_most": int})


def reference_tables() -> dict[str, pd.DataFrame]:
    """All of the above by name, for contenders that load them into a database."""
    return {
        "code_spellings": code_spellings(),
        "reference_dates": reference_dates(),
        "usual_ages": usual_ages(),
        "class_size_limits": class_size_limits(),
    }


def _seed(name: str) -> pd.DataFrame:
    return pd.read_csv(SEEDS_DIR / f"{name}.csv", dtype=str, keep_default_na=False)
