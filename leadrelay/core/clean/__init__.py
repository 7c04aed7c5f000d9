"""Normalisers: what a lead field says, spelled as all leads spell it. Pure expressions over columns."""
