"""A small release for the tests of the pages: two metrics, a city and two counties, and a school with a hostile name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import duckdb
import pytest

HOSTILE = "<script>alert(1)</script>"
MADE_AT, TODAY = datetime(2023, 3, 31, 18, 30, tzinfo=UTC), date(2020, 12, 31)
CITY, JIAOJIANG, HUANGYAN = "331000", "331002", "331003"
TABLES = f"""
create schema marts; create schema metrics; create schema quality;
create table marts.dim_unit (unit_code varchar, name_zh varchar, name_en varchar, kind varchar);
insert into marts.dim_unit values
    ('{CITY}', '台州市本级', 'Taizhou municipal', 'municipal'), ('{JIAOJIANG}', '椒江区', 'Jiaojiang District', 'county'),
    ('{HUANGYAN}', '黄岩区', 'Huangyan District', 'county');
create table marts.dim_area as
    select
        unit_code, if(kind = 'municipal', '全市', name_zh) as area_zh, if(kind = 'municipal', 'Whole city', name_en) as area_en,
        if(kind = 'municipal', 'city', kind) as area_kind, row_number() over (order by unit_code) as sort_order
    from marts.dim_unit;
create table marts.dim_collection (collection_id varchar, name_zh varchar, as_of_date date, is_baseline boolean);
insert into marts.dim_collection values
    ('2019-09', '2019学年', date '2019-12-31', true), ('2020-09', '2020学年', date '2020-12-31', false),
    ('2021-09', '2021学年', date '2021-12-31', false);
create table marts.dim_metric as select
    metric_id, 'T01.01' as target_id, 'A' as tier, '09' as project_no, '卓越教师队伍建设工程' as project_zh,
    '规划里的话 </script>' as quote_zh, name_zh, 'Name' as name_en, value_kind, '比例' as value_kind_zh, unit,
    'county;municipal' as reported_by, '市教育局、市财政局' as lead_departments, '县政府' as responsible_units,
    method, '由报表计算' as method_zh, source_forms, 'n' as numerator_rule, 'd' as denominator_rule, '合计' as city_rule_zh,
    'pooled' as city_rule, '分子：甲；分母：乙' as definition_zh, 'n; d' as definition_en,
    null::varchar as assumption, date '2022-12-31' as due_on, false as stretch, '>=' as comparator, unit_target
from (values
    ('degree', '教师学历', 'share', 'teachers', 'computed', 'teacher_roster', 'same'),
    ('declared', '自报', 'share', 'share', 'declared', 'progress_items', 'none')
) as t (metric_id, name_zh, value_kind, unit, method, source_forms, unit_target);
create table metrics.metric_values as select * from (values
    ('degree', '2019-09', '{CITY}', 80.0, 100.0, 0.8, 3, 3, 9, 9, 'final'),
    ('degree', '2020-09', '{CITY}', 85.0, 100.0, 0.85, 2, 3, 8, 9, 'provisional'),
    ('degree', '2020-09', '{JIAOJIANG}', 85.0, 100.0, 0.85, 1, 1, 5, 6, 'provisional'),
    ('degree', '2020-09', '{HUANGYAN}', null, null, null, 0, 1, 0, 0, 'no_data'),
    ('declared', '2020-09', '{CITY}', 5.0, 10.0, 0.5, 2, 3, 0, 0, 'provisional'),
    ('declared', '2020-09', '{JIAOJIANG}', null, null, null, 0, 1, 0, 0, 'no_data'),
    ('declared', '2020-09', '{HUANGYAN}', 5.0, 10.0, 0.5, 1, 1, 0, 0, 'final'),
    ('degree', '2021-09', '{CITY}', null, null, null, 0, 3, 0, 0, 'no_data')
) as t (metric_id, collection_id, unit_code, numerator, denominator, value, units_reported, units_expected,
    schools_reported, schools_expected, data_status);
create table metrics.target_progress as select
    metric_id, collection_id, unit_code, 0.8::double as baseline_value, 0.95::double as target_value,
    null::double as target_upper, '>=' as comparator, case data_status when 'final' then 'behind' else data_status end as status,
    (0.95 - value)::double as gap, ceil((0.95 - value) * denominator - 1e-9)::double as gap_count,
    0.05::double as required_per_year, 0.9::double as projected_value
from metrics.metric_values;
create table metrics.scoreboard as select
    *, if(status = 'provisional', 'met', status) as status_if_final, 'behind' as projected_status, date '2022-12-31' as due_on,
    if(unit_code = '{JIAOJIANG}', 1, null) as rank, if(unit_code = '{JIAOJIANG}', 4, null) as ranked_of,
    if(value is null, 0, 2) as open_queries, name_zh, 'Name' as name_en,
    value - 0.8 as change, nullif(value > 0.8, value = 0.8) as change_is_better
from metrics.metric_values
inner join (
    select metric_id, collection_id, unit_code, baseline_value, target_value, comparator, status, gap, gap_count, projected_value
    from metrics.target_progress
) using (metric_id, collection_id, unit_code)
inner join (select collection_id, as_of_date from marts.dim_collection) using (collection_id)
inner join (select metric_id, name_zh from marts.dim_metric) using (metric_id);
create table metrics.area_summary as select * from (values
    ('2019-09', '{CITY}', 2, 0, 0, 0, null),
    ('2020-09', '{CITY}', 2, 1, 1, 0, 1), ('2020-09', '{JIAOJIANG}', 1, 0, 0, 0, -2), ('2020-09', '{HUANGYAN}', 1, 1, 0, 0, 0),
    ('2021-09', '{CITY}', 2, 0, 0, 1, -1)
) as t (collection_id, unit_code, targets, met, would_be_met, no_data, met_change);
create table metrics.revisions as select * from (values
    ('r1', 'degree', '2020-09', '{CITY}', 0.80, 0.85, 'behind', 'behind', null),
    ('r1', 'degree', '2020-09', '{JIAOJIANG}', 0.80, 0.85, 'met', 'provisional', 'd1'),
    ('r1', 'declared', '2020-09', '{HUANGYAN}', 0.40, 0.50, 'behind', 'met', 'd2;gone'),
    ('r1', 'degree', '2020-09', '{HUANGYAN}', 0.40, null, 'behind', 'no_data', null),
    ('r0', 'degree', '2019-09', '{CITY}', 0.70, 0.80, 'behind', 'met', null)
) as t (release_id, metric_id, collection_id, unit_code, previous_value, value, previous_status, status, documents);
create table quality.documents as select * from (values
    ('d1', '2020-09', '{JIAOJIANG}', '2020-09/{JIAOJIANG}/名册.xlsx', 'teacher_roster'),
    ('d2', '2020-09', '{HUANGYAN}', '2020-09/{HUANGYAN}/进展.xlsx', 'progress_items')
) as t (document_id, collection_id, unit_code, path, forms);
create table quality.cell_changes as select 'd2' as document_id, 'progress_items' as form, row_key, 'numerator' as column_name,
    '4' as previous_value, '5' as value
from (values ('T01.01'), ('T01.02'), ('T01.03')) as t (row_key);
create table quality.document_changes as select 'd1' as document_id, 'teacher_roster' as form, 3 as rows_added, 1 as rows_removed,
    0 as rows_changed;
create table quality.issues as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, 'teacher_roster' as form, '教师名册' as form_zh, column_name, row_number,
    'i' || row_number as issue_no, check_id, '数值可疑' as check_id_zh, '第 ' || row_number || ' 行：{HOSTILE}' as message_zh,
    severity, false as is_replaced, explanation
from (values
    ('degree', 5, 'cell.implausible', 'query', null), ('degree', 4, 'cell.implausible', 'query', null),
    ('degree', 6, 'cell.implausible', 'query', '属实'), ('degree', 7, 'cell.code', 'error', null),
    ('备用', 3, 'document.unknown_column', 'query', null)
) as t (column_name, row_number, check_id, severity, explanation);
create table quality.return_status as select * from (values
    ('2020-09', '{JIAOJIANG}', 'teacher_roster', '教师名册', 'received', 50, 1),
    ('2020-09', '{HUANGYAN}', 'teacher_roster', '教师名册', 'overdue', 0, 0),
    ('2020-09', '{JIAOJIANG}', 'progress_items', '重点任务进展表', 'accepted', 3, 0)
) as t (collection_id, unit_code, form, form_zh, status, rows_accepted, schools_missing);
create table metrics.balance_readiness as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, 3 as sections, 1 as sections_passing, 13 as coefficients_within,
    false as ready;
create table metrics.balance_indicators as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, 'junior' as stage, '初中' as stage_zh,
    'multimedia_rooms' as indicator, '网络多媒体教室数' as indicator_zh, '间/百名学生' as unit_zh,
    4 as sections, 1 as sections_meeting, 4.0::double as mean_value, 2.4::double as line, 0.95::double as cv, 0.45::double as cv_limit;
create table metrics.balance_sections as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, school_id, 'junior' as stage, 'multimedia_rooms' as indicator,
    pupils, value, 2.4::double as line, value >= 2.4 as is_on_line, value >= 2.04 as is_near_line
from (values
    ('3310020001', 100, 10.0::double), ('3310020002', 200, 2.1), ('3310020003', 100, 1.8), ('3310020004', 50, null)
) as t (school_id, pupils, value);
create table marts.dim_school as select
    '2020-09' as collection_id, '{JIAOJIANG}' as unit_code, school_id, school_name
from (values
    ('3310020001', '{HOSTILE}'), ('3310020002', '乙校'), ('3310020003', '丙校'), ('3310020004', '丁校')
) as t (school_id, school_name);
"""


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        yield connection
