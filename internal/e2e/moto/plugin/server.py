"""moto's server with the project's plug-in, on a loopback port.

    python server.py PORT

README.md beside this file says which behaviour is moto's and which is the plug-in's.
"""

import json
import logging
import socket
import sys
import warnings

import clock

clock.take_over()  # before moto's services are imported

from moto.moto_api._internal.models import moto_api_backend  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple  # noqa: E402

import balancers  # noqa: E402
import cbor  # noqa: E402
import gaps  # noqa: E402
import gate  # noqa: E402
import keystores  # noqa: E402
import people  # noqa: E402
import proxypath  # noqa: E402
import services  # noqa: E402
import trail  # noqa: E402
import world  # noqa: E402


class Application:
    """moto's application, one call at a time, with two more paths.

    /plugin/… is the plug-in's own: the clock, the proxies, the counts, the judge.
    /people/… has somebody who uses boto3 do something, who calls back as anybody does.
    """

    def __init__(self, port):
        self.moto = cbor.Translator(Dispatcher(create_backend_app))
        self.people = people.People(f"http://127.0.0.1:{port}", self._wait)

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/people/"):
            return _answered(start_response, self.people.do(path.split("/")[-1], _asked(environ)))
        with gate.LOCK:
            if path.startswith("/plugin/"):
                do = getattr(self, "do_" + path.split("/")[-1])
                return _answered(start_response, do(_asked(environ)))
            gate.Gate.lost = False
            answer = list(self.moto(environ, start_response))
            if gate.Gate.lost:
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                raise ConnectionError("the answer is lost on its way")
            return answer

    def _wait(self, seconds):
        with gate.LOCK:
            clock.Time.clock.advance(clock.Time.now() + seconds, lambda: None)

    def do_reset(self, _):
        """Empties the account, and begins time anew."""
        moto_api_backend.reset()
        gate.Gate.calls, gate.Gate.traps, gate.Gate.sprung = [], [], []
        clock.Time.clock, world.Here.world = clock.Clock(), world.World()
        return {"now": clock.Time.now()}

    def do_schedule(self, _):
        """Begins the schedules of the rules that are there now."""
        trail.keep_schedules()
        return {}

    def do_advance(self, asked):
        """Lets time pass, until a message can be received at most; says in which queues one can."""
        queues = asked["queues"]
        clock.Time.clock.advance(asked["until"], lambda: _next_message(queues))
        now = clock.Time.now()
        return {"now": now, "ready": [q for q in queues if (_next_message([q]) or now + 1) <= now]}

    def do_sprung(self, _):
        """The traps that sprang since the last question."""
        sprung, gate.Gate.sprung = gate.Gate.sprung, []
        return {"sprung": sprung}

    def do_trap(self, asked):
        """Sets a trap for a call of a role: the test acts after it, or its answer is lost."""
        gate.Gate.traps.append(asked)
        return {}

    def do_proxies(self, asked):
        """Sets what listens at addresses, and how it answers."""
        for address in asked["addresses"]:
            world.Here.world.proxies[address] = world.Proxy(asked["ports"], asked.get("answer", ""))
        return {}

    def do_judge(self, asked):
        """What is wrong with any way to a key store's proxy; none of the product has a say."""
        store = world.Here.world.stores.get(asked["store"])
        if store is None or store.state != "CONNECTED":
            return {"wrong": "the key store is not connected"}
        return {"wrong": proxypath.judge(store)}

    def do_calls(self, _):
        """All calls since the reset, and which key stores there are."""
        return {"calls": [c.summary() for c in gate.Gate.calls], "stores": list(world.Here.world.stores)}


def _next_message(queues):
    """When the next message of any of some queues can be received, in seconds; None for never."""
    due = []
    for name in queues:
        for message in world.sqs().queues[name]._messages:
            due.append(max(message.visible_at, message.delayed_until) / 1000)
    # moto holds a message back until the millisecond after.
    return min(due) + 0.001 if due else None


def _asked(environ):
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return json.loads(raw or b"{}")


def _answered(start_response, answer):
    body = json.dumps(answer).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which looks for a host's service among 150 at each request: once does."""

    def get_backend_for_host(self, host):
        """The service of a host."""
        if host not in HOSTS:
            HOSTS[host] = super().get_backend_for_host(host)
        return HOSTS[host]


HOSTS = {}


class Quiet(MotoRequestHandler):
    """Logs no request, which the gate keeps, and keeps connections open as AWS does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        """Says nothing."""


def main():
    """Serves until it is killed."""
    # deploy.py says which resources moto's CloudFormation does not make.
    warnings.filterwarnings("ignore", "Tried to parse")
    logging.getLogger("moto").setLevel(logging.ERROR)
    port = int(sys.argv[1])
    for part in (gate, gaps, balancers, cbor, services, keystores, trail):
        part.install()
    run_simple("127.0.0.1", port, Application(port), threaded=True, request_handler=Quiet)


if __name__ == "__main__":
    main()
