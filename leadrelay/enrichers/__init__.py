"""Providers of what leads do not tell themselves, one file each. `base.py` is the contract."""
