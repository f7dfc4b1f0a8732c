"""Enters the demo as each kind of caller and prints, a line each, the headers that say so.

Arguments: the JSON line that the demo server prints, and the account of a member of staff.
A line: the caller, a tab, headers separated by tabs.
Into the working folder goes schemathesis.toml with ids that exist, so that questions get past the doors.
"""

import json
import re
import sys
import time

import requests

demo = json.loads(sys.argv[1])
home = demo["url"]
ours = {"X-Xiaobao": "1"}


def post(path, body, session):
    answer = session.post(home + path, json=body, headers=ours, timeout=20)
    assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
    return answer


def cookies(session):
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)


def staff(account):
    session = requests.Session()
    post("/api/console/session", {key: account[key] for key in ("institution", "account", "password")}, session)
    return session


def borrower(link, reader):
    """The code stands in the demo's outbox, which staff may read."""
    session, token = requests.Session(), link["url"].split("/h5/#/j/")[1]
    post("/api/h5/link/code", {"token": token}, session)
    for _ in range(100):
        rows = reader.get(home + "/api/console/outbox", timeout=20).json()["rows"]
        codes = [re.search(r"\d{6}", row["text"]) for row in rows if row["journey_id"] == link["journey"]]
        if codes and codes[0]:
            post("/api/h5/link/enter", {"token": token, "code": codes[0].group()}, session)
            return session
        time.sleep(0.1)
    raise SystemExit("no code came")


def ids(reader):
    """One living id for each kind of thing that stands in addresses."""
    for things in ("journeys", "products", "keys", "roster"):
        answer = reader.get(f"{home}/api/console/{things}?limit=1", timeout=20)
        rows = answer.json()["rows"] if answer.ok else []
        if rows:
            yield things, rows[0]["id"]


def configuration(reader):
    lines = []
    for things, living in ids(reader):
        lines += [
            "[[operations]]",
            f"include-path-regex = '^/(v1|api/console)/{things}/\\{{id\\}}'",
            f"parameters = {{ 'path.id' = '{living}', 'path.number' = 1, 'path.no' = 1 }}",
        ]
    lines += ["[[operations]]", "include-path-regex = '^/log/'", "parameters = { 'path.code' = 'anhe' }"]
    return "\n".join(lines) + "\n"


link = demo["links"][0]
reader = next(staff(one) for one in demo["accounts"] if one["account"] == sys.argv[2])
with open("schemathesis.toml", "w", encoding="utf-8") as file:
    file.write(configuration(reader))
print("partner", f"Authorization: Bearer {demo['api_keys'][0]['key']}", sep="\t")
print("borrower", f"Cookie: {cookies(borrower(link, reader))}", "X-Xiaobao: 1", sep="\t")
print("staff", f"Cookie: {cookies(reader)}", "X-Xiaobao: 1", sep="\t")
