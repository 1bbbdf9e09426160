"""The only sessions, retries, timeouts and rate limits; and the only door to addresses that a search found."""
