"""The peer: a bare requests + orjson loop that pulls the same leads and does nothing with them."""

from __future__ import annotations

import csv
import io
import time

import orjson
import requests

_TOKEN_PATH = "/services/oauth2/token"
_DATA = "/services/data/v66.0"


def salesforce_rest(url: str, fields: list[str]) -> int:
    """Page through one query; how many leads came."""
    session = _salesforce(url)
    path = f"{_DATA}/query/?q=SELECT+{','.join(fields)}+FROM+Lead+ORDER+BY+SystemModstamp,Id"
    count = 0
    while path:
        page = orjson.loads(session.get(url + path, timeout=60).content)
        count += len(page["records"])
        path = page.get("nextRecordsUrl", "")
    return count


def salesforce_bulk(url: str, fields: list[str]) -> int:
    """One Bulk API 2.0 query job; how many leads came."""
    session = _salesforce(url)
    query = {"operation": "query", "query": f"SELECT {','.join(fields)} FROM Lead"}
    job = f"{url}{_DATA}/jobs/query/" + session.post(f"{url}{_DATA}/jobs/query", json=query, timeout=60).json()["id"]
    while session.get(job, timeout=60).json()["state"] != "JobComplete":
        time.sleep(0.1)
    count, locator = 0, ""
    while locator != "null":
        answer = session.get(f"{job}/results?maxRecords=20000" + (f"&locator={locator}" if locator else ""), timeout=60)
        count += sum(1 for _ in csv.reader(io.StringIO(answer.content.decode()))) - 1
        locator = answer.headers["Sforce-Locator"]
    return count


def hubspot(url: str, fields: list[str]) -> int:
    """Page through the list endpoint, waiting where the rate limit says so; how many contacts came."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer pat-sandbox-0000-1111"
    count, after = 0, "0"
    while after:
        query = {"limit": "100", "after": after, "properties": ",".join(fields)}
        answer = session.get(f"{url}/crm/v3/objects/contacts", params=query, timeout=60)
        if answer.status_code == 429:
            time.sleep(1)
            continue
        page = orjson.loads(answer.content)
        count += len(page["results"])
        after = page.get("paging", {}).get("next", {}).get("after", "")
    return count


def _salesforce(url: str) -> requests.Session:
    session = requests.Session()
    login = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    token = session.post(url + _TOKEN_PATH, data=login, timeout=60).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    return session
