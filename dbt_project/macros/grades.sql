{# The grade of a pupil's row (`given`): as the cell says it, else the year that it says in the stage which the type of the school
   (`types`, of `known_schools`) decides. Null where that is open: a year of entry in a school of several stages, any year without
   its stage in a 完全中学, a year that the stage does not have. Without a known type a label is read as written. #}
{% macro settled_grade() -%}
    case
        when given.grade_year is null then given.grade
        when types.only_stage is null or (given.grade is not null and types.only_stage in ('primary', 'preschool'))
            then case when coalesce(types.school_type, '') <> '341' then given.grade end
        when given.grade_year <= case when types.only_stage = 'primary' then 6 else 3 end
            then
                case types.only_stage
                    when 'preschool' then 'K'
                    when 'primary' then 'P'
                    when 'junior' then 'J'
                    when 'senior' then 'S'
                    when 'vocational' then 'V'
                end
                || cast(given.grade_year as string)
    end
{%- endmacro %}


{# Joined to `given_rows` of a form: the type of the row's school, as its unit's register has it. #}
{% macro beside_types() -%}
    left join {{ ref('known_schools') }} as types
        on
            parts.collection_id = types.collection_id
            and parts.unit_code = types.unit_code
            and parts.school_id = types.school_id
{%- endmacro %}
