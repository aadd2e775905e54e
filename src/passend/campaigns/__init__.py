"""Campaigns: offers carried out over channels. To come."""
