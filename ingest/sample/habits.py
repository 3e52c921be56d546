"""The habits of offices, none of which is wrong: what is done to tables and files besides their look, and rows that do not count.

Habits come round by unit and collection, so that even a small city has each of them somewhere; a document's features name them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from ingest.sample.documents import Draft, Part, UnitOutbox
from ingest.sample.twists import LEAST_ROWS, TWISTS
from ingest.sample.writers import DELIMITED, EURO, ONE_SHEET

PLAIN_PARTS = {"further_down", "side_by_side", "next_page"}
STATUS = {"student_roster": "enrolment_status", "teacher_roster": "staff_status"}
LEFT = 3


def take_on(outbox: UnitOutbox, drafts: list[Draft]) -> list[Draft]:
    """The unit's documents with the habits whose turn it is."""
    Habits(outbox, drafts).work()
    return drafts


@dataclass
class Habits:
    """Gives the documents of one outbox their habits."""

    outbox: UnitOutbox
    drafts: list[Draft]

    def work(self) -> None:
        """One habit of three at an outbox."""
        every = self.outbox.cat.data["habits_every"]
        for number, habit in enumerate(self._all()):
            if (number + self.outbox.turn) % every == 0:
                habit()

    def _all(self) -> Iterator[Callable[[], None]]:
        for name in (*TWISTS, "next_page"):
            yield partial(self._twist, name)
        yield from (
            self._utf16,
            self._control_z,
            self._euro,
            partial(self._left, "student_roster"),
            partial(self._left, "teacher_roster"),
        )

    def _parts(self) -> list[tuple[Draft, Part]]:
        """Tables with rows and without a twist yet, in random order."""
        found = [(d, p) for d in self.drafts for p in d.parts if len(p.rows) >= LEAST_ROWS and not p.look.twists]
        return [found[int(i)] for i in self.outbox.rng.permutation(len(found))]

    def _twist(self, name: str) -> None:
        for draft, part in self._parts():
            if self._suits(name, draft, part):
                part.look = replace(part.look, twists=(name,), merged_cells=False)
                if name in PLAIN_PARTS:
                    part.look = replace(part.look, totals=None, notes=False, hidden_row=False, two_row_heading=False)
                if name == "side_by_side":
                    part.look = replace(part.look, hidden_column=False)
                return

    def _suits(self, name: str, draft: Draft, part: Part) -> bool:
        """Whether a twist can be seen in this table."""
        contract = self.outbox.cat.contracts[part.form]
        if name.startswith("unit_"):
            return part.form == "school_conditions"
        if name == "sub_columns":
            figures = any(c.type in ("int", "number") and not c.equals for c in contract.columns)
            return figures and not part.look.two_row_heading
        if name == "protected":
            return draft.kind in ("csv", "semicolon")
        if name == "next_page":
            return draft.kind not in ONE_SHEET and len(draft.parts) == 1
        if name == "side_by_side":
            return "superseded" not in draft.features and contract.key[-1] in ("school_id", "student_id", "teacher_id")
        return True

    def _texts(self) -> list[Draft]:
        return [
            d
            for d in self.drafts
            if d.kind in DELIMITED and d.encoding != "utf-16-le" and "control_z" not in d.features
        ]

    def _utf16(self) -> None:
        """UTF-16 without a mark at its beginning."""
        for draft in self._texts()[:1]:
            draft.encoding = "utf-16-le"
            draft.features.add("utf16")

    def _control_z(self) -> None:
        """The old end of a text file."""
        for draft in self._texts()[:1]:
            draft.features.add("control_z")

    def _euro(self) -> None:
        """Windows' own byte for € in a title, which the encoding does not have."""
        for draft in self._texts():
            if draft.encoding == "gb18030" and draft.parts[0].look.title:
                contract = self.outbox.cat.contracts[draft.parts[0].form]
                draft.parts[0].title = f"{self.outbox.title(contract)}{EURO}"
                draft.features.add("euro")
                return

    def _left(self, form: str) -> None:
        """People who have left stand in the roster beside their old row."""
        for draft, part in self._parts():
            if part.form == form and "superseded" not in draft.features:
                gone = part.rows.head(LEFT).assign(**{STATUS[form]: "left"})
                part.rows = pd.concat([part.rows, gone], ignore_index=True)
                draft.features.add(f"left_{form}")
                return
