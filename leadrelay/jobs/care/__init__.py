"""Tasks beside the hand-off: first responses that are late, and topics that somebody else has to look at.

`carer` is what the one loop, its rehearsal and its preview call; `clock` tells `explain` how a lead's promise stands.
"""
