"""`leadrelay init`: from a few answers to a configuration, a mapping and a playbook that fit the CRM."""
