"""Enlist over HTTP from Python: a segment, contacts in bulk, a page, a reason, and the stream over a restart.

Usage: client.py API TOKEN, with API such as http://127.0.0.1:8080/v1/workspaces/python.
"""

import json
import sys
import time

import requests

API, TOKEN = sys.argv[1:]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {TOKEN}"


def send(method, path, **more):
    """Sends a request; a refusal is a problem document that says what to change."""
    answer = session.request(method, API + path, timeout=30, **more)
    if not answer.ok:
        sys.exit(f"{method} {path}: {answer.json()['detail']}")
    return answer.json() if answer.content else None


send("PUT", "", json={"time_zone": "Europe/Lisbon"})
send("PUT", "/fields/plan", json={"kind": "select", "options": ["free", "pro"]})
rule = {"match": "all", "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}
send("PUT", "/segments/pro", json={"name": "Pro", "rule": rule})

# Any number of events, one a line; a generator is sent as it comes.
at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
saved = {"type": "contact_saved", "at": at}
lines = (json.dumps(saved | {"contact": f"c{n}", "set": {"plan": ["free", "pro"][n % 2]}}) + "\n" for n in range(2500))
received = send("POST", "/events", data=(line.encode() for line in lines), headers={"Content-Type": "application/x-ndjson"})
assert received["refused"] == 0, received["lines"][:3]

members, cursor = [], {}
while True:
    page = send("GET", "/segments/pro/members", params={"size": 1000, **cursor})
    members += [contact["contact"] for contact in page["contacts"]]
    if "next" not in page:
        break
    cursor = {"cursor": page["next"]}
assert len(members) == page["total"] == 1250

why = send("GET", "/segments/pro/members/c0")
print("c0 is", "in:" if why["is_member"] else "out:", why["rule"]["conditions"][0]["saw"])

last, is_followed = None, False
while True:
    headers = {"Last-Event-ID": last} if last else {}
    try:
        with session.get(API + "/stream", stream=True, headers=headers, timeout=30) as stream:
            stream.raise_for_status()
            if not is_followed:
                # The process that started this program changes something when it reads this.
                print("following", flush=True)
                is_followed = True
            event = {}
            for line in stream.iter_lines(decode_unicode=True):
                name, _, value = line.partition(": ")
                if line:
                    event[name] = value
                    continue
                last, data = event.get("id", last), json.loads(event.get("data", "{}"))
                if event.get("event") == "gap":
                    print("read the segments again")
                elif event.get("event") == "transition":
                    print(data["contact"], data["change"], data["segment"])
                    if data["contact"] == "last":
                        sys.exit(0)
                event = {}
    except requests.RequestException:
        pass
    time.sleep(0.2)
