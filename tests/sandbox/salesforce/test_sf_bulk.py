import csv
import io

import pytest

from leadrelay.sandbox.salesforce import bulk_query


def rows(answer):
    assert answer.status == 200, answer.body
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


def query_job(sf, soql, **more):
    return sf.call("POST", "jobs/query", {"operation": "query", "query": soql, **more})


def finished(sf, soql, **more):
    key = query_job(sf, soql, **more).body["id"]
    sf.pass_time(1)
    assert sf.call("GET", f"jobs/query/{key}").body["state"] == "JobComplete"
    return key


# -- query ------------------------------------------------------------------------------------------------------------


def test_a_job_is_at_work_before_it_is_complete(sf, org):
    org.set("bulk_seconds", 60)
    sf.lead()
    made = query_job(sf, "SELECT Id FROM Lead")
    key = made.body["id"]
    assert (made.status, made.body["state"], made.body["object"], key[:3]) == (200, "UploadComplete", "Lead", "750")
    assert sf.call("GET", f"jobs/query/{key}").body["state"] == "InProgress"
    assert sf.call("GET", f"jobs/query/{key}/results").body[0]["errorCode"] == "INVALIDJOBSTATE"
    assert sf.call("DELETE", f"jobs/query/{key}").status == 400
    sf.pass_time(60)
    body = sf.call("GET", f"jobs/query/{key}").body
    assert (body["state"], body["numberRecordsProcessed"], body["apiVersion"]) == ("JobComplete", 1, 59.0)


def test_results_come_in_pages_whose_last_locator_says_null(sf):
    keys = [sf.lead(LastName=f"n{number}") for number in range(5)]
    job = finished(sf, "SELECT Id, LastName FROM Lead ORDER BY Id")
    got, locator, counts = [], "", []
    while locator != "null":
        answer = sf.call("GET", f"jobs/query/{job}/results?maxRecords=2&locator={locator}")
        got += rows(answer)
        locator = answer.headers["Sforce-Locator"]
        counts.append(answer.headers["Sforce-NumberOfRecords"])
    assert ([row["Id"] for row in got], counts) == (keys, ["2", "2", "1"])


def test_how_values_are_printed(sf):
    key = sf.lead(Title='a "b"\nc', DoNotCall=True, AnnualRevenue=5, Meeting_At__c="2026-01-01T00:00:00Z")
    job = finished(sf, "SELECT Id, Title, DoNotCall, AnnualRevenue, Meeting_At__c, City FROM Lead")
    answer = sf.call("GET", f"jobs/query/{job}/results")
    header, line = (
        '"Id","Title","DoNotCall","AnnualRevenue","Meeting_At__c","City"\n',
        '","true","5.0","2026-01-01T00:00:00.000Z",""\n',
    )
    assert answer.body.decode() == f'{header}"{key}","a ""b""\nc{line}'
    assert answer.content_type.startswith("text/csv")


def test_no_records_are_a_header_and_no_more(sf):
    answer = sf.call("GET", f"jobs/query/{finished(sf, 'SELECT Id FROM Lead')}/results")
    assert (answer.body, answer.headers["Sforce-NumberOfRecords"]) == (b'"Id"\n', "0")


def test_delimiters_and_line_endings(sf):
    sf.lead()
    job = finished(sf, "SELECT LastName, Company FROM Lead", columnDelimiter="TAB", lineEnding="CRLF")
    assert sf.call("GET", f"jobs/query/{job}/results").body == b'"LastName"\t"Company"\r\n"Doe"\t"Acme"\r\n'


def test_query_all_has_deleted_records(sf):
    sf.call("DELETE", f"sobjects/Lead/{sf.lead()}")
    assert len(rows(sf.call("GET", f"jobs/query/{finished(sf, 'SELECT Id FROM Lead')}/results"))) == 0
    job = finished(sf, "SELECT Id, IsDeleted FROM Lead", operation="queryAll")
    assert rows(sf.call("GET", f"jobs/query/{job}/results"))[0]["IsDeleted"] == "true"


def test_abort_delete_and_list(sf, org):
    org.set("bulk_seconds", 60)
    key = query_job(sf, "SELECT Id FROM Lead").body["id"]
    assert sf.call("PATCH", f"jobs/query/{key}", {"state": "JobComplete"}).status == 400
    assert sf.call("PATCH", f"jobs/query/{key}", {"state": "Aborted"}).body["state"] == "Aborted"
    assert [job["state"] for job in sf.call("GET", "jobs/query").body["records"]] == ["Aborted"]
    assert sf.call("DELETE", f"jobs/query/{key[:15]}").status == 204
    assert sf.call("GET", f"jobs/query/{key}").status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "query"}, "INVALIDJOB"),
        ({"operation": "insert", "query": "SELECT Id FROM Lead"}, "INVALIDJOB"),
        ({"operation": "query", "query": "SELECT Id FROM Lead", "columnDelimiter": "DOT"}, "INVALIDJOB"),
        ({"operation": "query", "query": "SELECT FROM Lead"}, "MALFORMED_QUERY"),
        ({"operation": "query", "query": "SELECT Nope FROM Lead"}, "INVALID_FIELD"),
    ],
)
def test_query_jobs_that_are_refused(sf, body, code):
    answer = sf.call("POST", "jobs/query", body)
    assert (answer.status, answer.body[0]["errorCode"]) == (400, code)


def test_pages_that_are_not_there(sf):
    job = finished(sf, "SELECT Id FROM Lead")
    assert sf.call("GET", f"jobs/query/{job}/results?locator=nonsense").status == 400
    assert sf.call("GET", f"jobs/query/{job}/results?maxRecords=0").status == 400


def test_so_many_jobs_a_day(sf):
    assert sf.call("GET", "limits").body["DailyBulkV2QueryJobs"]["Remaining"] == bulk_query.MOST_A_DAY
    query_job(sf, "SELECT Id FROM Lead")
    assert sf.call("GET", "limits").body["DailyBulkV2QueryJobs"]["Remaining"] == bulk_query.MOST_A_DAY - 1


# -- ingest -----------------------------------------------------------------------------------------------------------


def ingest(sf, text, operation="insert", **more):
    made = sf.call("POST", "jobs/ingest", {"object": "Lead", "operation": operation, "contentType": "CSV", **more})
    assert made.status == 200, made.body
    key = made.body["id"]
    assert made.body["contentUrl"] == f"services/data/v59.0/jobs/ingest/{key}/batches"
    assert sf.call("PUT", f"jobs/ingest/{key}/batches", text.encode()).status == 201
    assert sf.call("PATCH", f"jobs/ingest/{key}", {"state": "UploadComplete"}).body["state"] == "UploadComplete"
    return key


def outcome(sf, key):
    sf.pass_time(1)
    body = sf.call("GET", f"jobs/ingest/{key}").body
    counts = (body["state"], body["numberRecordsProcessed"], body["numberRecordsFailed"])
    good, bad = (rows(sf.call("GET", f"jobs/ingest/{key}/{name}Results")) for name in ("successful", "failed"))
    return counts, good, bad


def test_insert_says_what_became_of_each_row(sf):
    text = 'LastName,Company,Email,Title\nDoe,Acme,,"two\nlines"\nRoe,Acme,nobody,\nPoe,,,\n'
    counts, good, bad = outcome(sf, ingest(sf, text))
    assert counts == ("JobComplete", 3, 2)
    assert (good[0]["sf__Created"], good[0]["LastName"], good[0]["Title"]) == ("true", "Doe", "two\nlines")
    assert sf.read("Lead", good[0]["sf__Id"], "Title", "Email") == ["two\nlines", None]
    assert [row["sf__Error"] for row in bad] == [
        "INVALID_EMAIL_ADDRESS:Email: invalid email address: nobody:Email --",
        "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --",
    ]


def test_update_leaves_what_is_empty_and_clears_what_says_so(sf):
    key = sf.lead(Title="t", City="c", Country="l")
    counts, good, _ = outcome(sf, ingest(sf, f"Id,Title,City,Country\n{key},,#N/A,new\n", "update"))
    assert (counts, good[0]["sf__Created"]) == (("JobComplete", 1, 0), "false")
    assert sf.read("Lead", key, "Title", "City", "Country") == ["t", None, "new"]
    assert sf.history(key)[-1]["actor"] == "integration"


def test_rows_that_cannot_be_written(sf):
    key = sf.lead()
    lines = [
        f"{key},2026,,",
        f"{key},,250.0,",
        f"{key},,many,",
        f"{key},,,maybe",
        ",,,",
        "nonsense,,,",
        "00QHs00000zzzzz,,,",
    ]
    text = "\n".join(["Id,Meeting_At__c,NumberOfEmployees,DoNotCall", *lines])
    _, _, bad = outcome(sf, ingest(sf, text, "update"))
    assert [row["sf__Error"] for row in bad] == [
        "INVALID_FIELD:Failed to deserialize field at col 1. Due to, '2026' is not a valid value for the type "
        "xsd:dateTime:Meeting_At__c --",
        "INVALID_TYPE_ON_FIELD_IN_RECORD:value not of required type: 250.0:NumberOfEmployees --",
        "INVALID_FIELD:Failed to deserialize field at col 2. Due to, 'many' is not a valid value for the type "
        "xsd:int:NumberOfEmployees --",
        "INVALID_FIELD:Failed to deserialize field at col 3. Due to, 'maybe' is not a valid value for the type "
        "xsd:boolean:DoNotCall --",
        "MISSING_ARGUMENT:Id not specified in an update call: --",
        "MALFORMED_ID:Lead ID: id value of incorrect type: nonsense:Id --",
        "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id: --",
    ]
    assert bad[0]["sf__Id"] == key


def test_upsert_and_delete(sf):
    sf.add_field(externalId=True)
    text = "Key__c,LastName,Company\n1,a,b\n1,c,d\n"
    _, good, _ = outcome(sf, ingest(sf, text, "upsert", externalIdFieldName="Key__c"))
    assert [row["sf__Created"] for row in good] == ["true", "false"]
    key = good[0]["sf__Id"]
    assert sf.read("Lead", key, "LastName") == "c"
    counts, _, _ = outcome(sf, ingest(sf, f"Id\n{key}\n", "delete"))
    assert counts == ("JobComplete", 1, 0)
    assert sf.call("GET", f"sobjects/Lead/{key}").status == 404


def test_assignment_rules_run_only_when_the_job_names_one(sf):
    text = "LastName,Company\na,b\n"
    _, good, _ = outcome(sf, ingest(sf, text))
    assert sf.read("Lead", good[0]["sf__Id"], "OwnerId")[:3] == "005"
    rule = sf.query("SELECT Id FROM AssignmentRule")[0]["Id"]
    key = ingest(sf, text, assignmentRuleId=rule)
    assert sf.call("GET", f"jobs/ingest/{key}").body["assignmentRuleId"] == rule
    _, good, _ = outcome(sf, key)
    assert sf.read("Lead", good[0]["sf__Id"], "OwnerId")[:3] == "00G"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("LastName,Nope\na,b\n", "InvalidBatch : Field name not found : Nope"),
        ("LastName,lastname\na,b\n", "InvalidBatch : A field name stands twice in the header"),
        (
            "LastName,Company\r\na,b\r\n",
            "InvalidBatch : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        ("LastName,Company\na\n", "InvalidBatch : A row has 1 columns where the header has 2"),
    ],
)
def test_uploads_that_fail_as_a_whole(sf, text, error):
    key = ingest(sf, text)
    sf.pass_time(1)
    body = sf.call("GET", f"jobs/ingest/{key}").body
    assert (body["state"], body["errorMessage"]) == ("Failed", error)


def test_an_upload_that_cannot_be_read_to_its_end_loses_no_row(sf):
    key = ingest(sf, "LastName,Company\na,b\nc\nd,e\n")
    sf.pass_time(1)
    assert sf.call("GET", f"jobs/ingest/{key}").body["state"] == "Failed"
    assert len(rows(sf.call("GET", f"jobs/ingest/{key}/successfulResults"))) == 1
    left = sf.call("GET", f"jobs/ingest/{key}/unprocessedrecords").body.decode().splitlines()
    assert left == ['"LastName","Company"', '"c"', '"d","e"']


def parted(sf, *parts, kind='multipart/form-data; boundary="BOUND"'):
    """A job that is made and uploaded at once, from its parts by name."""
    shown = "".join(
        f'--BOUND\nContent-Type: x/y\nContent-Disposition: form-data; name="{name}"\n\n{text}\n' for name, text in parts
    )
    return sf.call("POST", "jobs/ingest/", f"{shown}--BOUND--\n".encode(), {"Content-Type": kind})


def test_a_job_may_bring_its_upload_along(sf):
    job = '{"object": "Lead", "operation": "insert"}'
    made = parted(sf, ("job", job), ("content", "LastName,Company\na,Åse\n"))
    assert (made.status, made.body["state"]) == (200, "UploadComplete")
    sf.pass_time(1)
    assert sf.call("GET", f"jobs/ingest/{made.body['id']}").body["numberRecordsProcessed"] == 1
    assert sf.query("SELECT Company FROM Lead")[0]["Company"] == "Åse"


def test_jobs_in_parts_that_are_refused(sf):
    job = ("job", '{"object": "Lead", "operation": "insert"}')
    for code, parts in (
        ("INVALIDJOB", [job]),
        ("INVALIDJOB", [("content", "LastName\na")]),
        ("JSON_PARSER_ERROR", [("job", "{"), ("content", "LastName\na")]),
        ("CLIENTINPUTERROR", [job, ("content", "LastName\n" + "a" * 100_000)]),
    ):
        answer = parted(sf, *parts)
        assert (answer.status, answer.body[0]["errorCode"]) == (400, code)
    assert parted(sf, job, kind="multipart/form-data").body[0]["errorCode"] == "INVALIDJOB"


def test_a_job_goes_its_way_and_no_other(sf, org):
    org.set("bulk_seconds", 60)
    key = sf.call("POST", "jobs/ingest", {"object": "lead", "operation": "insert"}).body["id"]
    assert sf.call("GET", f"jobs/ingest/{key}/successfulResults").status == 400
    sf.call("PUT", f"jobs/ingest/{key}/batches", b"LastName,Company\na,b\n")
    assert sf.call("PUT", f"jobs/ingest/{key}/batches", b"LastName,Company\na,b\n").status == 400
    sf.call("PATCH", f"jobs/ingest/{key}", {"state": "UploadComplete"})
    assert sf.call("DELETE", f"jobs/ingest/{key}").status == 400
    assert sf.call("PATCH", f"jobs/ingest/{key}", {"state": "Aborted"}).body["state"] == "Aborted"
    assert sf.call("PATCH", f"jobs/ingest/{key}", {"state": "UploadComplete"}).status == 400
    sf.pass_time(61)
    assert sf.query("SELECT Id FROM Lead") == []
    assert len(sf.call("GET", "jobs/ingest").body["records"]) == 1
    assert sf.call("DELETE", f"jobs/ingest/{key}").status == 204


def test_work_is_done_though_nobody_asks_for_the_job(sf):
    ingest(sf, "LastName,Company\na,b\n")
    sf.pass_time(1)
    assert len(sf.query("SELECT Id FROM Lead")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"object": "Nothing", "operation": "insert"},
        {"object": "Lead", "operation": "hardDelete"},
        {"object": "Lead", "operation": "merge"},
        {"object": "Lead", "operation": "upsert", "externalIdFieldName": "Title"},
        {"object": "Lead", "operation": "insert", "contentType": "XML"},
    ],
)
def test_ingest_jobs_that_are_refused(sf, body):
    assert sf.call("POST", "jobs/ingest", body).status == 400
