"""One run: what is new is archived, read, checked and written to the lake, under versions that say when to read again."""
