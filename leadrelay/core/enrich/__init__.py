"""What others know of a lead: whom to ask next, whose answer counts, and whether it can change anything."""
