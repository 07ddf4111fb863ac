"""Vector tiles of the city: never stale, never slow, bounded in size."""
