"""Wrong documents."""
from __future__ import annotations


def spoil(desk, drafts): return drafts
def misplaced(cat): return []
