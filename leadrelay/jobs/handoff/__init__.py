"""Hand-offs: `passing` plans which leads of a page are handed off now, `telling` what their tasks say.

Called by the one loop, its rehearsal and its preview; `drafts` shows a document without handing anything off.
"""
