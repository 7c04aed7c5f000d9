"""Two playbooks on the same leads: what is counted, what is measured, what is told."""
