"""Validates the exchanges of a file against botocore's service models.

Usage: validate.py FILE, with one exchange a line as record_test.go writes it. Prints one JSON
object: counts, violations with how often and an example each, and which of the explained
exceptions were needed. It exits 0 whatever it finds; who reads it decides.
"""

import base64
import json
import multiprocessing
import sys
import urllib.parse

from botocore.awsrequest import HeadersDict

import answer
import excused
import models
import request
import rest
from findings import Findings


class Exchange:
    """One request, its answer, and what the Go SDK had at its end of them."""

    def __init__(self, line):
        self.run, self.service, self.taken_for = line["run"], line["service"], line["operation"]
        self.method, self.path = line["method"], line["path"]
        self.headers = _headers(line["header"])
        self.body = base64.b64decode(line["body"] or "")
        self.status = line["status"]
        self.answered_headers = _headers(line["answered"])
        self.answer = base64.b64decode(line["answer"] or "")
        self.sdk = line["sdk"]
        self.operation = self._called()

    def _called(self):
        """Return the operation that the request itself names."""
        if self.service in ("lambda", "route53"):
            return rest.called(self.service, self.method, self.path)
        target = self.header("X-Amz-Target")
        if target:
            return target.rpartition(".")[2]
        if self.header("Smithy-Protocol"):
            return self.path.rpartition("/operation/")[2]
        form = urllib.parse.parse_qs(self.body.decode("ascii", "replace"))
        return form.get("Action", [""])[0]

    def header(self, name):
        """Return a header of the request; empty where there is none."""
        return self.headers.get(name, "")

    def answered(self, name):
        """Return a header of the answer; empty where there is none."""
        return self.answered_headers.get(name, "")

    def response(self):
        """Return the answer as botocore's parsers take it."""
        return {
            "status_code": self.status,
            "headers": self.answered_headers,
            "body": self.answer,
            "context": {"operation_name": self.operation},
        }


def _headers(lists):
    return HeadersDict({name: ",".join(values) for name, values in (lists or {}).items()})


def judge(exchange, found):
    """Judge one exchange."""
    found.count("exchanges")
    found.count("service " + exchange.service)
    found.at(exchange.service, exchange.operation, "request", exchange.run)
    operation = models.operation(exchange.service, exchange.operation)
    if operation is None:
        found.wrong("", "botocore's models have no such operation")
        return
    found.operations.add(f"{exchange.service}.{exchange.operation}")
    # What is refused for its signature alone, the simulator does not look into.
    if exchange.taken_for not in (operation.name, ""):
        found.wrong("", f"the simulator takes it for {exchange.taken_for}")
    if exchange.sdk is not None and exchange.sdk["operation"] != operation.name:
        found.wrong("", f"the Go SDK called {exchange.sdk['operation']}")
    parameters = request.judge(exchange, operation, found)
    found.at(exchange.service, exchange.operation, "answer", exchange.run)
    answer.judge(exchange, operation, parameters, found)


def guarded(exchange, found):
    """Judge one exchange; one that cannot be judged is a violation, not an end."""
    try:
        judge(exchange, found)
    except Exception as bug:
        found.wrong("", f"could not be judged: {type(bug).__name__}: {bug}")


def judged(lines):
    """Return what a batch of lines came to."""
    found = Findings()
    for line in lines:
        guarded(Exchange(json.loads(line)), found)
    return found


def batches(path, size=500):
    """Yield a file's lines in batches."""
    with open(path, encoding="utf-8") as file:
        batch = []
        for line in file:
            batch.append(line)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


def report(found):
    """Return findings as JSON."""
    return json.dumps(
        {
            "counts": found.counts,
            "violations": [
                {"what": what, "count": n, "example": found.examples[what]}
                for what, n in found.violations.most_common()
            ],
            "excuses": {name: found.excuses[name] for name in excused.EXCUSES},
            "operations": sorted(found.operations),
            "codes": sorted(found.codes),
            "unreadable": sorted(found.unreadable),
        }
    )


def main():
    """Validate the file that the command line names."""
    whole = Findings()
    with multiprocessing.Pool() as pool:
        for found in pool.imap_unordered(judged, batches(sys.argv[1])):
            whole.add(found)
    print(report(whole))


if __name__ == "__main__":
    main()
