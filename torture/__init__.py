"""Faults, kills and the judge: what shows that nothing is lost, nothing done twice and no person overwritten."""
