"""What arrived: listing the landing zone, archiving every byte for ever, and the ledger of arrivals and readings."""
