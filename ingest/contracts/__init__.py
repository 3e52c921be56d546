"""One YAML a form, and what a contract may say."""
