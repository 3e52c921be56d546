"""How a figure is written for people: one way for messages, templates and pages."""

from __future__ import annotations

from decimal import Decimal

DIGITS = 12  # what is beyond them in a double is noise of adding up


def figure(number: float, *, thousands: bool = False) -> str:
    """A number as people write it: `3580245`, `0.15`; never a power, no noughts at its end; `3,580,245` with `thousands`."""
    written = Decimal(f"{number:.{DIGITS}g}")
    text = f"{written:{',' if thousands else ''}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
