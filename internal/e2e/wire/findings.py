"""What a validation counted and what it found wrong."""

import collections

import excused


class Findings:
    """Counts by kind, violations, and how often each explained exception was needed.

    The place of a violation is Service.Operation request or answer, and the path of the
    member, without the numbers of lists' elements: so the same mistake is told once, with
    its count and one example.
    """

    def __init__(self):
        self.counts = collections.Counter()
        self.violations = collections.Counter()
        self.examples = {}
        self.excuses = collections.Counter()
        self.unreadable = set()
        self.operations = set()
        self.codes = set()
        self.place = ("", "", "")
        self.run = ""

    def at(self, service, operation, side, run):
        """Set where the next findings belong."""
        self.place, self.run = (service, operation, side), run

    def count(self, kind, n=1):
        """Count something that was looked at."""
        self.counts[kind] += n

    def wrong(self, path, text):
        """Note a violation, unless an explained exception covers it."""
        service, operation, side = self.place
        excuse = excused.find(service, operation, side, path, text)
        if excuse is not None:
            self.excuses[excuse] += 1
            return
        key = f"{service}.{operation} {side} {path}: {text}"
        self.violations[key] += 1
        self.examples.setdefault(key, self.run)

    def add(self, other):
        """Add what another validation found."""
        self.counts.update(other.counts)
        self.violations.update(other.violations)
        for key, run in other.examples.items():
            self.examples.setdefault(key, run)
        self.excuses.update(other.excuses)
        self.unreadable |= other.unreadable
        self.operations |= other.operations
        self.codes |= other.codes


def shorten(value, most=120):
    """Return a value as it may stand in a violation."""
    text = repr(value)
    return text if len(text) <= most else text[:most] + "…"
