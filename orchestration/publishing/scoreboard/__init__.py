"""The scoreboard: counts in a few lines for a terminal, and the pages of a release for people who would rather look than read."""

from orchestration.publishing.scoreboard.counts import Scoreboard, read_scoreboard
from orchestration.publishing.scoreboard.page import write_scoreboard

__all__ = ["Scoreboard", "read_scoreboard", "write_scoreboard"]
