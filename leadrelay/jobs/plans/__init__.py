"""Plans: what a run would do, in a file; shown, approved, and applied exactly as it stands there.

`values` is the file's content, `file` the file; `making` plans, `standing` judges what changed since, `applying` sends
it over the outbox, `approving` is what a job with `approval = true` does instead of a run.
"""
