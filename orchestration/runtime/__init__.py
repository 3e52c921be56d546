"""What runs stand on: locks, limits of memory, engines, failures in words, retries, notification."""
