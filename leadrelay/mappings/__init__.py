"""The table between a CRM record and a lead, both ways."""
