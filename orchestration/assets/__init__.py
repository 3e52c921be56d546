"""Assets by layer: landing and returns (ingest), the dbt models, and the release."""
