"""A client of the Hall and registry routes as the published Python ones behave (WCP 5), from the wire facts alone.

urllib of the standard library, the key on every request, GET too; records hashed by json.dumps; what comes back is
parsed before anything else is looked at. Reads one {"verb", "args"} a line and answers one {"status", "body"} a line.
"""

import hashlib
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

BASE, KEY = sys.argv[1], sys.argv[2]
AGENT = sys.argv[3] if len(sys.argv) > 3 else "pyhall-python/0.3.0"

# What only a Python client can send: floats that stay floats, names in code point order, DEL and astral characters.
ODD = {
    "worker_id": "org.test.python-odd",
    "worker_species_id": "wrk.test.odd",
    "capabilities": ["cap.test.odd"],
    "owner": "Müller \x7f \U0001f600 / \u2028",
    "weights": [1.0, 1e-07, 1e21, -0.0, 0.1, 1e16, 12345678901234567890, 2.5],
    "\uffe0": 1,
    "\U0001f600": 2,
}


def request(method, path, body=None, credential=True):
    headers = {"User-Agent": AGENT, "Accept": "application/json"}
    data = None
    if body is not None:
        data = json.dumps(body).encode("utf-8")
        headers["Content-Type"] = "application/json"
    if credential and KEY:
        headers["Authorization"] = "Bearer " + KEY
    sent = urllib.request.Request(BASE + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(sent, timeout=30) as response:
            return response.status, json.loads(response.read().decode("utf-8"))
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read().decode("utf-8"))


def quoted(name):
    return urllib.parse.quote(name, safe="")


def record_hash(record):
    rest = {name: value for name, value in record.items() if name != "artifact_hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def enroll(record):
    return request("POST", "/enroll", {**record, "artifact_hash": record_hash(record)})


def attest(worker_id, terms):
    body = {"sha256": terms["hash"], "ai_generated": False, "label": terms["version"]}
    return request("PUT", "/api/v1/workers/" + quoted(worker_id) + "/attest", body)


def attest_bare(worker_id, terms):
    body = {"sha256": terms["hash"], "ai_generated": False}
    return request("PUT", "/api/v1/workers/" + quoted(worker_id) + "/attest", body, credential=False)


def verify(worker_id):
    status, body = request("GET", "/api/v1/verify/" + quoted(worker_id))
    return (status, {"worker_id": worker_id, "status": "unknown"}) if status == 404 else (status, body)


def may_dispatch(worker_id):
    _, told = verify(worker_id)
    return 200, {"may": told["status"] == "active" and bool(told.get("current_hash"))}


def is_banned(sha256):
    status, banned = request("GET", "/api/v1/ban-list?limit=500")
    return status, {"banned": any(entry["sha256"] == sha256 for entry in banned)}


def report(sha256, reason):
    return request("POST", "/api/v1/ban-list/report", {"sha256": sha256, "reason": reason})


def standing():
    status, body = request("GET", "/api/account/standing")
    return status, {**body, "standing": body.get("standing", "degraded")}


VERBS = {
    "enroll": enroll,
    "enroll_odd": lambda: enroll(ODD),
    "attest": attest,
    "attest_bare": attest_bare,
    "verify": verify,
    "may_dispatch": may_dispatch,
    "is_banned": is_banned,
    "report": report,
    "standing": standing,
    "health": lambda: request("GET", "/health"),
    "status": lambda: request("GET", "/status"),
    "workers": lambda: request("GET", "/workers"),
    "dispatches": lambda limit: request("GET", "/dispatches?limit=" + str(limit)),
    "active": lambda: request("GET", "/dispatches/active"),
    "alerts": lambda: request("GET", "/alerts"),
    "ingest": lambda decision: request("POST", "/decisions/ingest", decision),
    "go_online": lambda: request("POST", "/api/server/go-online", {}),
    "go_offline": lambda: request("POST", "/api/server/go-offline", {}),
    "route": lambda question: request("POST", "/api/route", question),
    "dispatch": lambda question: request("POST", "/api/v1/dispatch", question),
    "telemetry": lambda items: request("POST", "/api/v1/telemetry/decisions", {"decisions": items}),
}


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            status, body = VERBS[asked["verb"]](*asked["args"])
            print(json.dumps({"status": status, "body": body}), flush=True)
        except Exception as error:  # What breaks a client has to be seen by the test.
            print(json.dumps({"status": 0, "body": {"broke": repr(error)}}), flush=True)


main()
