"""Releases: immutable bundles of the warehouse, published by an atomic swap of one link."""
