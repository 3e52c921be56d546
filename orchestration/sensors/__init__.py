"""Sensors: what starts a run or tells somebody without being asked."""
