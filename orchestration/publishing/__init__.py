"""What leaves the house: releases with their pages and dictionary, open data, PostgreSQL. Nothing here knows Dagster."""
