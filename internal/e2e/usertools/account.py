"""A boto3 session as a person has it, which counts its calls.

The settings come from the environment, as `xksctl simulate` prints them. Each script of this
folder ends by printing one line of JSON: how many calls it made, and what else it counted.
"""

import json
import sys

import boto3
import botocore.config
import botocore.exceptions


class Account:
    """Clients of an account's services, and what was done with them."""

    def __init__(self):
        self.calls = 0
        self.mistakes = 0
        self.faults = []
        self._session = boto3.Session()
        self._clients = {}

    def client(self, service):
        """Return the service's client; its calls are counted and never repeated."""
        if service not in self._clients:
            made = self._session.client(
                service, config=botocore.config.Config(retries={"total_max_attempts": 1})
            )
            made.meta.events.register("before-send", self._count)
            self._clients[service] = made
        return self._clients[service]

    def _count(self, **_):
        self.calls += 1

    def want(self, what, got, expected):
        """Note a fault where something is not as it must be."""
        if got != expected:
            self.faults.append(f"{what}: got {got!r}, want {expected!r}")

    def refused(self, code, service, operation, **parameters):
        """Make a call that AWS refuses with a code, and return the error's message."""
        self.mistakes += 1
        what = f"{service}.{operation}({parameters})"
        try:
            getattr(self.client(service), operation)(**parameters)
        except botocore.exceptions.ClientError as error:
            self.want(what, error.response["Error"]["Code"], code)
            return error.response["Error"]["Message"]
        self.faults.append(f"{what}: succeeded, want {code}")
        return ""

    def report(self, **counts):
        """Print what was counted, and end: with 1 where anything was not as it must be."""
        for fault in self.faults:
            print(fault)
        print(json.dumps({"calls": self.calls, "mistakes": self.mistakes, **counts}))
        sys.exit(1 if self.faults else 0)
