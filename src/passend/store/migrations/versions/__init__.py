"""The migrations of the store, in their order."""
