"""Every fault of the sandbox under a run: what it is told, and that the next run makes everything good."""

import pytest

FAULTS = {
    "requests dropped": ({"kind": "drop-request", "after": 5, "times": 1}, 0),
    "replies dropped": ({"kind": "drop-reply", "after": 5, "times": 1}, 0),
    "a late request": ({"kind": "late-request", "seconds": 0.1, "after": 5, "times": 1}, 0),
    "every request twice": ({"kind": "twice"}, 0),
    "a body cut at its end": ({"kind": "cut", "bytes": -3, "after": 4, "times": 2}, 0),
    "a page of a proxy": ({"kind": "garbage", "after": 3, "times": 1, "applied": True}, 0),
    "only pages of a proxy": ({"kind": "garbage"}, 3),
    "an overload": ({"kind": "status", "status": 503, "retry_after": 1, "times": 1, "applied": True}, 0),
    "a refusal of everything": ({"kind": "status", "status": 403, "code": "FORBIDDEN"}, 3),
    "the quota gone meanwhile": ({"kind": "quota", "after": 5}, 4),
    "a storm with a time": ({"kind": "storm", "seconds": 600, "retry_after": 600, "after": 6}, 4),
    "connections torn down": ({"kind": "reset", "after": 4, "times": 2, "applied": True}, 0),
    "a clock ahead": ({"kind": "clock-skew", "seconds": 86_400}, 0),
    "a clock behind": ({"kind": "clock-skew", "seconds": -86_400}, 0),
}
WORDS = {0: "✓", 3: "✗ The CRM", 4: "is paused until"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_made_good_by_the_next_run(crm, tell, name):
    fault, code = FAULTS[name]
    canaries = crm.secrets_and_people()
    crm.faults(fault)
    faulty = tell("run", crm.name)
    assert crm.fired()
    assert (faulty.code, WORDS[code] in faulty.out + faulty.err) == (code, True), faulty
    crm.faults()
    crm.post("clock", advance=2)
    clean = tell("run", crm.name)
    assert clean.code == 0, clean
    whole = tell("plan", crm.name, "--all", "--json").json
    assert (whole["changed"], whole["withheld"], whole["tasks"]) == (0, 0, 0)
    keys = [task["Leadrelay_Key__c" if crm.name == "salesforce" else "leadrelay_key"] for task in crm.tasks().values()]
    assert len(keys) == len(set(keys)) == crm.due * crm.touches
    said = "".join(told.out + told.err for told in (faulty, clean))
    assert "Traceback" not in said
    assert not [value for value in canaries if value in said]


@pytest.mark.parametrize("after", [4])
def test_what_a_refused_run_leaves_is_told_and_audited(crm, tell, after):
    crm.faults({"kind": "status", "status": 403, "code": "FORBIDDEN", "after": after})
    assert tell("run", crm.name, "--json").json["error"] == "Refused"
    latest = tell("runs", crm.name, "--json").json["runs"]
    assert [run["outcome"] for run in latest] in (["failed"], [])
    status = {row["job"]: row for row in tell("status", "--json").json["jobs"]}[crm.name]
    waiting = tell("parked", crm.name, "--json").json["waiting"]
    assert status["pending"] + status["parked"] == len(waiting)
