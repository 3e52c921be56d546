"""What a text says: parsing one value, its unit, and the words and characters that a reader of Chinese returns must know."""
