"""A HubSpot portal on localhost: strict, with its own rate limits, its validation and its exact status codes."""
