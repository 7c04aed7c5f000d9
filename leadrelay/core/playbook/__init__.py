"""A playbook: its values, and how its TOML is read and checked, part by part."""
