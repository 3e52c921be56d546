"""The page that every county gets after a refresh: what it owes by when, what it sent, what was taken, and what to mend first.

`standing.py` reads it from a release, `page.py` and `workbook.py` draw it, `write.py` puts it beside the feedback workbooks, with one
zip of all that there is to send.
"""
