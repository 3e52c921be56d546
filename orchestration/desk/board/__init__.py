"""The status board of the returns desk: which unit has sent which form, and whom to remind of what.

`status.py` reads it from a release, `reminder.py` words what a unit owes, `page.py` and `workbook.py` draw it as a page and a workbook,
`write.py` puts both in place.
"""
