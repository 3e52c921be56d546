"""The lake: typed rows and issues as Parquet, between the reader and SQL."""
