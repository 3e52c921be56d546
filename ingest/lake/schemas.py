"""The columns of the lake's tables; those of rows come from the contracts."""

from __future__ import annotations

import pyarrow as pa

from ingest.contracts.contract import PSEUDONYM

TIMESTAMP = pa.timestamp("us")
SHEET_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "sheet_no": pa.int32(),
        "sheet": pa.string(),
        "form": pa.string(),
        "is_accepted": pa.bool_(),
        "rows_read": pa.int32(),
        "rows_quarantined": pa.int32(),
        "schools": pa.string(),
    }
)
COLUMN_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "sheet_no": pa.int32(),
        "form": pa.string(),
        "column_name": pa.string(),
        "column_letter": pa.string(),
    }
)
# Columns with a value, by school (by sheet where a form is not about schools).
FILLED_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "sheet_no": pa.int32(),
        "form": pa.string(),
        "school_id": pa.string(),
        "column_name": pa.string(),
        "heading_zh": pa.string(),
    }
)
# What a county wrote into column 说明 of a feedback workbook: about one issue, or about all queries of a check (and form).
EXPLANATION_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "explained_document_id": pa.string(),
        "issue_no": pa.string(),
        "check_id": pa.string(),
        "form": pa.string(),
        "explanation": pa.string(),
    }
)
FORM_SCHEMA = pa.schema(
    {
        "form": pa.string(),
        "name_zh": pa.string(),
        "sequence": pa.int32(),
        "kind": pa.string(),
        "suppliers": pa.string(),
        "replacement_scope": pa.string(),
        "covers": pa.string(),
        "due": pa.string(),
        "key": pa.string(),
    }
)
ARRIVAL_SCHEMA = pa.schema(
    {
        "document_id": pa.string(),
        "collection_id": pa.string(),
        "unit_code": pa.string(),
        "path": pa.string(),
        "received_at": TIMESTAMP,
        "size_bytes": pa.int64(),
        "stated_at": TIMESTAMP,
    }
)
UNPLACED_SCHEMA = pa.schema(
    {"path": pa.string(), "received_at": TIMESTAMP, "document_id": pa.string(), "reason": pa.string()}
)
READING_SCHEMA = pa.schema(
    [
        pa.field("reading_id", pa.int32()),
        *ARRIVAL_SCHEMA,
        pa.field("arrival_no", pa.int32()),
        pa.field("is_readable", pa.bool_()),
        pa.field("reason", pa.string()),
        pa.field("is_set_aside", pa.bool_()),
    ]
)
# The rows of a return as single cells; `row_key` joins the values of the form's key.
CELL_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "form": pa.string(),
        "row_key": pa.string(),
        "column_name": pa.string(),
        "value": pa.string(),
    }
)
ISSUE_SCHEMA = pa.schema(
    {
        "reading_id": pa.int32(),
        "form": pa.string(),
        "sheet_no": pa.int32(),
        "sheet": pa.string(),
        "row_number": pa.int32(),
        "column_name": pa.string(),
        "cell": pa.string(),
        "check_id": pa.string(),
        "severity": pa.string(),
        "message_zh": pa.string(),
        "value_masked": pa.string(),
        # Keyed hashes of the row's identifiers and of the whole value: they tell whether another document asks the same again.
        "row_key": PSEUDONYM,
        "value_key": PSEUDONYM,
    }
)
