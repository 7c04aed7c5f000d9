"""What the CRM refuses as overtaken, though it was our own write that overtook it."""

from leadrelay.jobs.reading import in_pieces


def delivered_twice(crm, beside=lambda: None):
    """From now on the answer to a write is that of its second delivery."""
    once = crm.write

    def write(updates, as_of=""):
        for piece in in_pieces(updates, 1):
            list(once(piece, as_of))
            beside()
            yield from once(piece, as_of)

    crm.write = write


def told(store, run):
    return [(row.lead, row.action, dict(row.fields)) for row in store.audit.of_run(run)]


def test_a_write_that_was_delivered_twice_is_told_once(bench):
    bench.add(1)
    bench.clock.pass_by(minutes=5)
    delivered_twice(bench.crm)
    found = bench.run()
    assert (found.read, found.balanced, found.pending) == (1, True, 0)
    [(lead, action, fields)] = told(bench.store, found.run)
    assert (lead, action) == ("L00000", "write")
    assert {name: new for name, (_, new) in fields.items()} == {"Leadrelay_Score": 20, "Leadrelay_Stage": "name"}


def test_what_a_person_wrote_between_is_not_taken_for_ours(bench):
    bench.add(1)
    bench.clock.pass_by(minutes=5)
    once, first = bench.crm.write, []

    def write(updates, as_of=""):
        if not first:
            first.append(bench.clock.pass_by(seconds=2))
            bench.crm.put("L00000", {**bench.crm.records["L00000"], "Status": "Theirs"})
        yield from once(updates, as_of)

    bench.crm.write = write
    found = bench.run()
    assert bench.crm.records["L00000"]["Status"] == "Theirs"
    assert all("Status" not in fields for _, _, fields in told(bench.store, found.run))
