"""A connector is three verbs over an official client: read changes, write changes, describe."""
