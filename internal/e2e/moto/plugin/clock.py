"""The clock of the account: moto and the plug-in both read it, and the test moves it.

Nothing here sleeps. moto's own delays and visibility timeouts are real code on this clock.
"""

import datetime
import heapq
import itertools

import moto.core.utils

BEGIN = datetime.datetime(2026, 3, 2, 3, 0, tzinfo=datetime.timezone.utc).timestamp()


class Clock:
    """A time in epoch seconds, and what is due later."""

    def __init__(self):
        self.now = BEGIN
        self._due = []
        self._order = itertools.count()

    def after(self, seconds, do):
        """Has do called when so many seconds have passed."""
        heapq.heappush(self._due, (self.now + seconds, next(self._order), do))

    def advance(self, until, next_message):
        """Lets time pass until a message can be received, or to `until`.

        next_message returns when the next message of any watched queue becomes visible,
        None where there is none.
        """
        while True:
            message = next_message()
            if message is not None and message <= self.now:
                return
            steps = [until]
            if message is not None:
                steps.append(message)
            if self._due:
                steps.append(self._due[0][0])
            self.now = max(self.now, min(steps))
            while self._due and self._due[0][0] <= self.now:
                heapq.heappop(self._due)[2]()
            if self.now >= until:
                return


class Time:
    """Where the present clock is found: a reset of the account begins a new one."""

    clock = Clock()

    @classmethod
    def now(cls):
        """The time in epoch seconds."""
        return cls.clock.now

    @classmethod
    def utcnow(cls):
        """The time as moto has it: naive, in UTC."""
        return datetime.datetime.fromtimestamp(cls.clock.now, datetime.timezone.utc).replace(tzinfo=None)

    @classmethod
    def iso(cls):
        """The time as CloudTrail writes it."""
        return cls.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")


def take_over():
    """Gives moto this clock. It has to run before moto's services are imported.

    moto's modules take these three functions by name when they are imported; one of them is
    all that SQS, DynamoDB, EventBridge and EC2 know of time.
    """
    moto.core.utils.utcnow = Time.utcnow
    moto.core.utils.unix_time = lambda dt=None: Time.now() if dt is None else _epoch(dt)
    moto.core.utils.unix_time_millis = lambda dt=None: moto.core.utils.unix_time(dt) * 1000.0


def _epoch(naive):
    return naive.replace(tzinfo=datetime.timezone.utc).timestamp()
