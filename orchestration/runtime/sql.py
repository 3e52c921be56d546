"""Text in statements that take no parameters (attach, copy, comment)."""


def sql_text(value: object) -> str:
    """A path or text as a quoted SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"
