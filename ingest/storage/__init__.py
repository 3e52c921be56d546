"""Where archive and lake lie: a folder of this machine, or objects behind a URL (`bucket.py`).

Both know their files by names like `rows/pay/<segment>.parquet`, and in both a file appears whole or not at all. Whatever reads or
writes a file does so on this machine: of an object there is a copy for its owner only, which is removed afterwards.
"""
