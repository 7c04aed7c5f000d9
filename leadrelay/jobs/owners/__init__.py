"""Who has each lead and who gets it, called by the one loop, its rehearsal and its preview, in this order.

`review` tells whose each lead of a page still is, `assigning` chooses for those that need somebody, `given` is what
that leads to. Hand-offs and care build on it; it knows neither.
"""
