"""From text to typed, checked rows: parsing values, identities and pseudonyms, rules, and the issues they raise."""
