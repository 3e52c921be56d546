"""A lake of any size, made directly: what reading so many rosters would leave, without a reader or a workbook.

The city keeps its units; its counties have as many schools as it takes. A document holds the pupils (or the teachers) of
four schools; one in fifty is sent again with one row in a hundred changed, one row in 5,000 was set aside by the reader,
one pupil in 10,000 is enrolled twice, and one school in 5,000 is in no register.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ingest.contracts.contract import PSEUDONYM, load_contracts
from ingest.lake.lake import Lake
from ingest.lake.schemas import COLUMN_SCHEMA, ISSUE_SCHEMA, SHEET_SCHEMA
from ingest.landing.ledger import Arrival, Reading, SetAside
from ingest.settings import DBT_DIR
from ingest.storage.folder import Folder

COLLECTION = "2022-09"
with (DBT_DIR / "seeds" / "reporting_units.csv").open(encoding="utf-8") as seed:
    UNITS = tuple(row["unit_code"] for row in csv.DictReader(seed))
SCHOOL_PUPILS = 900
SCHOOL_TEACHERS = 63  # 7 % of the pupils
DOCUMENT_SCHOOLS = 4
SEGMENT_DOCUMENTS = 700  # 2.5 million pupils
PROCESSES = 2
FIRST_ROW = 3  # under a title and a heading

# A reading_id says what was read: 100 + 4 x document, + 1 when it was sent again, + 2 for the teachers. Registers are 1 to 11.
FIRST_READING = 100
IS_RESENT = "document % 50 = 7"

SCHOOL_TYPES = """
    case school % 10
        when 0 then '111' when 1 then '111' when 2 then '312' when 3 then '311' when 4 then '311'
        when 5 then '342' when 6 then '365' else '211'
    end
"""
REGISTER = f"""
    with schools as (
        select
            range as school,
            range // {DOCUMENT_SCHOOLS} as document,
            {SCHOOL_TYPES} as school_type
        from range($schools)
        where range % 5000 <> 4999
    )
    select
        cast(1 + document % {len(UNITS)} as integer) as reading_id,
        1 as sheet_no,
        cast({FIRST_ROW} - 1 + row_number() over (partition by document % {len(UNITS)} order by school) as integer) as row_number,
        true as is_accepted,
        cast(3300000000 + school as varchar) as school_id,
        '第' || school || '学校' as school_name,
        '第' || document % 200 || '街道' as township,
        '第' || document % 200 || '街道' as township_key,
        case school % 3 when 0 then '111' when 1 then '121' else '220' end as urban_rural,
        school_type,
        case when school % 7 = 0 then 'private' else 'public' end as ownership,
        case when school % 7 = 0 and school_type = '111' then true end as inclusive,
        null as community_no,
        null as community_type,
        'open' as status,
        make_date(1950 + cast(school % 70 as integer), 9, 1) as founded_on
    from schools
    order by all
"""

# The documents from $first up to (not with) $last, once or twice each, with their schools and so many persons a school.
PERSONS = f"""
    versions as (
        select
            range as document,
            unnest(case when {IS_RESENT.replace("document", "range")} then [0, 1] else [0] end) as version
        from range($first, $last)
    ),

    places as (
        select
            document,
            version,
            places.range as place,
            document * {DOCUMENT_SCHOOLS} + places.range // $persons as school,
            places.range % $persons as at_school,
            school * $persons + at_school as person,
            school < $schools as is_there
        from versions, range({DOCUMENT_SCHOOLS} * $persons) as places
    ),

    persons as (
        select
            *,
            {SCHOOL_TYPES} as school_type,
            at_school // 45 as class_no,
            -- Drawn once a person; every column takes other digits of it.
            hash(person) as draw,
            version = 1 and hash(person, 1) % 100 = 0 as is_changed,
            case when person % 10000 = 9999 then person // 2 else person end as identity,
            hash(person, 2) % 5000 > 0 as is_accepted
        from places
        where is_there
    )
"""
PUPILS = f"""
    with {PERSONS}

    select
        cast({FIRST_READING} + 4 * document + version as integer) as reading_id,
        1 as sheet_no,
        cast({FIRST_ROW} + place as integer) as row_number,
        is_accepted,
        hash(identity, 3) as identity_high,
        hash(identity, 4) as identity_low,
        school_type <> '111' or draw % 2 = 0 as has_student_id,
        case when draw // 2 % 2 = 0 then 'M' else 'F' end as sex,
        make_date(2004 + cast(draw // 8 % 14 as integer), 1 + cast(draw // 128 % 12 as integer), 1) as birth_month,
        cast(3300000000 + school as varchar) as school_id,
        case school_type
            when '111' then 'K' || 1 + class_no % 3
            when '211' then 'P' || 1 + class_no % 6
            when '312' then case when class_no % 9 < 6 then 'P' || 1 + class_no % 9 else 'J' || class_no % 9 - 5 end
            when '311' then 'J' || 1 + class_no % 3
            when '342' then 'S' || 1 + class_no % 3
            else 'V' || 1 + class_no % 3
        end as grade,
        case document % 3 when 0 then class_no + 1 || '班' when 1 then '（' || class_no + 1 || '）班' else cast(class_no + 1 as varchar) end
            as class_name,
        cast(class_no + 1 as varchar) as class_name_key,
        case when draw // 2048 % 4 = 0 then 'boarding' else 'day' end as boarding,
        case draw // 8192 % 400 when 0 then 'intellectual' when 1 then 'hearing' when 2 then null else 'none' end as disability,
        case when draw // 8192 % 400 < 2 then 'regular_class' end as placement,
        case
            when school_type = '111' then null
            when is_changed then 'untested'
            when draw // 4194304 % 100 < 15 then 'excellent'
            when draw // 4194304 % 100 < 50 then 'good'
            when draw // 4194304 % 100 < 92 then 'pass'
            when draw // 4194304 % 100 < 98 then 'fail'
            else 'exempt'
        end as fitness_grade
    from persons
    order by reading_id, row_number
"""
TEACHERS = f"""
    with {PERSONS}

    select
        cast({FIRST_READING} + 4 * document + 2 as integer) as reading_id,
        1 as sheet_no,
        cast({FIRST_ROW} + place as integer) as row_number,
        is_accepted,
        hash(identity, 5) as identity_high,
        hash(identity, 6) as identity_low,
        case when draw // 2 % 3 = 0 then 'M' else 'F' end as sex,
        make_date(1964 + cast(draw // 8 % 35 as integer), 1 + cast(draw // 512 % 12 as integer), 1) as birth_month,
        cast(3300000000 + school as varchar) as school_id,
        case when at_school < 56 then 'teaching' else 'support' end as post,
        case
            when at_school < 56
                then case school_type
                    when '111' then 'preschool' when '211' then 'primary' when '312' then 'primary'
                    when '311' then 'junior' when '342' then 'senior' else 'vocational'
                end
        end as stage_taught,
        case draw // 8192 % 12 when 0 then '体育与健康' when 1 then '音乐' when 2 then '美术' when 3 then '数学' else '语文' end as subject,
        case draw // 131072 % 6 when 0 then '14' when 1 then '31' when 2 then '41' else '21' end as degree,
        case draw // 1048576 % 8 when 0 then 'contract' when 1 then 'registered' else 'established' end as establishment,
        case draw // 16777216 % 9 when 0 then 'county' when 1 then 'city' else 'none' end as backbone,
        draw // 268435456 % 3 = 0 as dual_qualified,
        case when school_type = '365' then 'specialised' end as course_kind,
        draw // 1073741824 % 20 = 0 as overseas_study
    from persons
    where version = 0
    order by reading_id, row_number
"""
SHEETS = """
    select
        reading_id,
        1 as sheet_no,
        'Sheet1' as sheet,
        $form as form,
        true as is_accepted,
        count(*) as rows_read,
        count(*) filter (where not is_accepted) as rows_quarantined
    from rows
    group by reading_id
"""
COLUMNS = """
    select
        readings.reading_id,
        1 as sheet_no,
        $form as form,
        unnest($names) as column_name,
        unnest($letters) as column_letter
    from (select distinct reading_id from rows) as readings
"""
ISSUES = """
    select
        reading_id,
        $form as form,
        1 as sheet_no,
        'Sheet1' as sheet,
        row_number,
        'birth_date' as column_name,
        'H' || row_number as cell,
        'cell.type' as check_id,
        'error' as severity,
        '出生日期不是日期' as message_zh,
        null as value_masked,
        cast(null as blob) as row_key,
        cast(null as blob) as value_key
    from rows
    where not is_accepted
"""
ROSTERS = {"student_roster": (PUPILS, SCHOOL_PUPILS), "teacher_roster": (TEACHERS, SCHOOL_TEACHERS)}


def make_lake(folder: Path, pupils: int) -> None:
    """Lays down a lake with so many rows of pupils, give or take a school and what is sent again."""
    lake = _lake(folder)
    lake.prepare()
    schools = round(pupils / SCHOOL_PUPILS)
    documents = -(-schools // DOCUMENT_SCHOOLS)
    if schools:
        lake.write_segment("registers", _registers(schools))
    write = partial(_write_segment, folder, schools, documents)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(write, range(0, documents, SEGMENT_DOCUMENTS)))
    arrivals = sorted(_arrivals(documents), key=lambda arrived: (arrived[1].received_at, arrived[1].path))
    lake.write_snapshots(
        load_contracts(),
        [arrival for _, arrival in arrivals],
        {_place_of(arrival): _reading(number, arrival) for number, arrival in arrivals},
        untaken={},
        set_aside=SetAside({}),
    )


def _lake(folder: Path) -> Lake:
    return Lake(Folder(folder), load_contracts())


def _registers(schools: int) -> dict[str, pa.Table]:
    with duckdb.connect() as db:
        rows = db.execute(REGISTER, {"schools": schools}).to_arrow_table()
    return {"rows/school_register": _typed(rows, "school_register")} | _about(rows, "school_register")


def _write_segment(folder: Path, schools: int, documents: int, first: int) -> None:
    """One segment: the rosters of some documents, what the reader found in them, and where their columns stand."""
    last = min(first + SEGMENT_DOCUMENTS, documents)
    tables: dict[str, list[pa.Table]] = {}
    with duckdb.connect(config={"threads": 1}) as db:
        for form, (sql, persons) in ROSTERS.items():
            values = {"schools": schools, "first": first, "last": last, "persons": persons}
            rows = db.execute(sql, values).to_arrow_table()
            for name, table in ({f"rows/{form}": _typed(rows, form)} | _about(rows, form)).items():
                tables.setdefault(name, []).append(table)
    _lake(folder).write_segment(f"{first:09d}", {name: pa.concat_tables(parts) for name, parts in tables.items()})


def _typed(rows: pa.Table, form: str) -> pa.Table:
    """The rows as the lake has them: pseudonyms of 16 bytes from the two numbers that stand for them."""
    schema = load_contracts()[form].lake_schema
    return pa.Table.from_arrays(
        [_pseudonyms(rows) if field.type == PSEUDONYM else rows[field.name].cast(field.type) for field in schema],
        schema=schema,
    )


def _pseudonyms(rows: pa.Table) -> pa.Array:
    halves = np.empty((rows.num_rows, 2), dtype=np.uint64)
    halves[:, 0] = rows["identity_high"].to_numpy()
    halves[:, 1] = rows["identity_low"].to_numpy()
    return pa.FixedSizeBinaryArray.from_buffers(PSEUDONYM, rows.num_rows, [None, pa.py_buffer(halves)])


def _about(rows: pa.Table, form: str) -> dict[str, pa.Table]:
    """The sheets that the rows stand in, where their columns are, and what the reader found: rows that it set aside."""
    letters = {name: chr(ord("A") + at) for at, name in enumerate(load_contracts()[form].lake_schema.names[4:])}
    asked = {
        "sheets": (SHEETS, SHEET_SCHEMA, {"form": form}),
        "columns": (COLUMNS, COLUMN_SCHEMA, {"form": form, "names": [*letters], "letters": [*letters.values()]}),
        "issues": (ISSUES, ISSUE_SCHEMA, {"form": form}),
    }
    with duckdb.connect(config={"threads": 1}) as db:
        db.register("rows", rows)
        return {
            name: db.execute(sql, values).to_arrow_table().cast(schema) for name, (sql, schema, values) in asked.items()
        }


def _arrivals(documents: int) -> Iterator[tuple[int, Arrival]]:
    """Every document with the number of its reading: registers first, then rosters, at last what is sent again."""
    if documents:
        yield from ((1 + at, _arrival(1 + at, unit)) for at, unit in enumerate(UNITS))
    for document in range(documents):
        first, unit = FIRST_READING + 4 * document, UNITS[document % len(UNITS)]
        yield first, _arrival(first, unit)
        yield first + 2, _arrival(first + 2, unit)
        if document % 50 == 7:
            yield first + 1, _arrival(first + 1, unit, timedelta(days=30))


def _arrival(number: int, unit: str, later: timedelta = timedelta(0)) -> Arrival:
    document_id = hashlib.sha256(str(number).encode()).hexdigest()
    received_at = datetime(2022, 9, 2) + timedelta(seconds=number) + later
    return Arrival(f"{COLLECTION}/{unit}/{number}.xlsx", received_at, document_id, 100_000, COLLECTION, unit)


def _place_of(arrival: Arrival) -> tuple[str, str, str]:
    return arrival.document_id, COLLECTION, str(arrival.unit_code)


def _reading(number: int, arrival: Arrival) -> Reading:
    return Reading(number, *_place_of(arrival), "", True, None, "", ())
