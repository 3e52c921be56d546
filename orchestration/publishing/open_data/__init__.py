"""The open data bundle of a release: aggregates that may stand on a website, small numbers suppressed.

What is shown, and what counts as small, stands in `open_data.yaml`. All counts of a collection go into one system of sums over protected
atoms (`inner_cells`, `metric_cells`); what is small is suppressed, and whatever else it could be worked out from (`suppression`).
"""
