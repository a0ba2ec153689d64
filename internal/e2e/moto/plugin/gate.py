"""Where every call passes: who calls, whether IAM lets them, and what came of it.

Each call is kept for the counts that the test prints, and told to whoever listens (CloudTrail
of the plug-in does). moto answers all calls that the plug-in has not put an answer to.
"""

import json
import re
import threading

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import BaseResponse
from werkzeug.exceptions import HTTPException
from moto.sts.models import sts_backends

from clock import Time
from world import Here

LOCK = threading.RLock()  # moto's backends are no more safe for threads than the plug-in


class Call:
    """One call, as it was made and answered."""

    def __init__(self, response):
        self.service = response.service_name or ""
        self.operation = response._get_action() or ""
        self.account = response.current_account
        self.region = response.region
        self.key_id = response.access_key
        self.params = _parameters(response)
        self.time = Time.now()
        self.ours = (self.service, self.operation) in OURS
        self.code, self.message, self.answer = "", "", None
        self.extra, self.resources = {}, []  # what the plug-in knows for CloudTrail
        self.role = _role(response)
        self.broken = False  # moto could not answer at all

    def end(self, status, body):
        """Reads the answer: an error's code and message, or what a JSON service said."""
        text = body.decode() if isinstance(body, bytes) else str(body or "")
        if int(status) < 400:
            self.answer = _json(text)
            return
        said = _json(text) or {}
        self.code = str(said.get("__type", "")).split("#")[-1] or _tag(text, "Code")
        self.message = said.get("message") or said.get("Message") or _tag(text, "Message")

    def summary(self):
        """What the test asks for."""
        return {"service": self.service, "operation": self.operation, "role": self.role, "code": self.code,
                "ours": self.ours, "message": self.message, "broken": self.broken}


class Gate:
    """All calls since the last reset, with who wants to hear of them."""

    calls = []
    # What the test waits for: an operation of a role, each once. The test acts after it, or its
    # answer is lost ("lose"), or a key store is disconnected just before it ("disconnect").
    traps = []
    sprung = []  # the operations of the traps that did
    current = None
    lost = False  # whether the answer under way is to be lost
    listeners = []  # kept over a reset


OURS = set()  # (service, operation) that the plug-in answers alone


def ours(service, *operations):
    """Says that the plug-in, and not moto, answers some operations."""
    OURS.update((service, o) for o in operations)


def install():
    """Puts the gate in front of moto's services."""
    inner = BaseResponse.call_action
    authorize = ActionAuthenticatorMixin._authenticate_and_authorize_action
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

    def authorize_sessions(self, request_class, resource="*"):
        # moto's own IAM judges every session of a role. People who set up the account use
        # long-term keys, which stand for its administrator.
        if self.access_key.startswith("ASIA") and not getattr(self, "admitted", False):
            authorize(self, request_class, resource)
            self.admitted = True

    def call_action(self):
        call = Call(self)
        _spring_before(call)
        before, Gate.current = Gate.current, call
        try:
            status, headers, body = _refusal(self) or inner(self)
        except Exception as broken:  # moto does not know the call, or has a bug: the test is told
            call.code, call.broken = type(broken).__name__, True
            Gate.calls.append(call)
            raise
        finally:
            Gate.current = before
        call.end(status, body)
        if call.service == "moto_api":
            return status, headers, body
        Gate.calls.append(call)
        for listener in Gate.listeners:
            listener(call)
        Gate.lost = Gate.lost or _spring(call)
        return status, headers, body

    ActionAuthenticatorMixin._authenticate_and_authorize_action = authorize_sessions
    BaseResponse.call_action = call_action


def _refusal(response):
    """Refuses a call in the words of its protocol, where moto's IAM refuses it.

    moto answers a refusal in XML to every service; KMS and the other JSON services of AWS
    answer in JSON.
    """
    target = response.headers.get("X-Amz-Target")
    if not target:
        return None
    try:
        response._authenticate_and_authorize_normal_action("*")
    except HTTPException as refused:
        text = str(refused.description)
        code = _tag(text, "Code") or "AccessDenied"
        code += "" if code.endswith("Exception") else "Exception"
        body = json.dumps({"__type": code, "message": _tag(text, "Message") or text})
        return 400, {"status": 400}, body
    return None


def _spring_before(call):
    for trap in [t for t in Gate.traps if t.get("disconnect") and _waits_for(t, call)]:
        Gate.traps.remove(trap)
        Here.world.stores[trap["disconnect"]].disconnect()


def _waits_for(trap, call):
    return trap["operation"] == call.operation and trap["role"] in call.role


def _spring(call):
    """Springs the traps that wait for a call, and says whether its answer is lost."""
    lost = False
    for trap in list(Gate.traps):
        if _waits_for(trap, call) and not (trap.get("lose") and call.code):
            Gate.traps.remove(trap)
            Gate.sprung.append(call.operation)
            lost = lost or bool(trap.get("lose"))
    return lost


def _role(response):
    """The ARN of whoever calls: the session of a role, else the account's administrator."""
    account = response.current_account
    for partition in sts_backends[account].values():
        for session in partition.assumed_roles:
            if session.access_key_id == response.access_key:
                name = session.role_arn.split("/")[-1]
                return f"arn:aws:sts::{account}:assumed-role/{name}/{session.session_name}"
    return f"arn:aws:iam::{account}:user/administrator"


def _parameters(response):
    sent = _json(response.body if isinstance(response.body, str) else "")
    if sent is not None:
        return sent
    return {k: v[0] for k, v in (response.querystring or {}).items() if isinstance(v, list)}


def _json(text):
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _tag(text, name):
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.S)
    return found.group(1) if found else ""
