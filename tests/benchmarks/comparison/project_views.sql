-- What the project's release (attached as `release`) holds, under the names that the contenders use.
create view pupils as
    select collection_id, unit_code
    from release.marts.fct_enrollment, generate_series(1, pupils);
create view row_faults as
    select
        *,
        if(issues.check_id = 'row.unknown_school', 'cell.pattern', issues.check_id) as asked_check_id
    from release.quality.issues as issues
    where form = 'student_roster' and asked_check_id in ({checks});
create view rows_set_aside as
    select distinct collection_id, unit_code, document_id, sheet, row_number
    from row_faults
    where severity = 'error';
create view fct_enrollment as from release.marts.fct_enrollment;
create view fct_class as from release.marts.fct_class;
create view fct_fitness as from release.marts.fct_fitness;
create view places as
    select distinct collection_id, unit_code as reported_by, unnest([unit_code, '{city}']) as unit_code
    from release.marts.fct_enrollment
    where reported_by <> '{city}'
    union
    select distinct collection_id, unit_code, unit_code
    from release.marts.fct_enrollment
    where unit_code = '{city}';
create view metrics as
    select metric_id, collection_id, unit_code, numerator, denominator
    from release.metrics.metric_values
    where
        metric_id in ('fitness_pass_rate', 'small_class_share_primary', 'small_class_share_junior')
        and numerator is not null
    union all
    select
        unnest(['pupils', 'girls_share']),
        enrollment.collection_id,
        places.unit_code,
        unnest([sum(pupils), coalesce(sum(pupils) filter (where sex = 'F'), 0)]),
        unnest([null, sum(pupils)])
    from fct_enrollment as enrollment
    join places on enrollment.collection_id = places.collection_id and enrollment.unit_code = reported_by
    group by all
    union all
    select
        unnest(['average_class_size', 'large_class_share']),
        classes.collection_id,
        places.unit_code,
        unnest([sum(pupils), count(*) filter (where pupils >= {large_class_pupils_min})]),
        count(*)
    from fct_class as classes
    join places on classes.collection_id = places.collection_id and classes.unit_code = reported_by
    where stage in ('primary', 'junior')
    group by all
    union all
    select
        'fitness_excellent_share',
        fitness.collection_id,
        places.unit_code,
        coalesce(sum(pupils) filter (where fitness_grade = 'excellent'), 0),
        sum(pupils)
    from fct_fitness as fitness
    join places on fitness.collection_id = places.collection_id and fitness.unit_code = reported_by
    where
        stage in ('primary', 'junior', 'senior', 'vocational')
        and fitness_grade in ('excellent', 'good', 'pass', 'fail')
    group by all;
