"""Custom key stores, which moto's KMS has none of, and keys in them.

Made from KMS's model in botocore (shapes.py) and the KMS Developer Guide. Keys, ciphertexts,
policies and everything else of KMS stay moto's.
"""

import itertools
import re

from moto.kms.exceptions import InvalidCiphertextException
from moto.kms.responses import KmsResponse

import gate
import proxypath
import services
import shapes
from clock import Time
from shapes import KMSError
from world import ACCOUNT, Here, kms

CONNECTING, ATTACHING, DISCONNECTING = 300, 20, 30  # seconds; connecting takes about five minutes


class Store:
    """A custom key store."""

    def __init__(self, asked):
        self.id, self.created = Here.world.new_id("cks"), Time.now()
        self.external = asked.get("CustomKeyStoreType") == "EXTERNAL_KEY_STORE"
        self.state, self.code, self.endpoint, self.attempt = "DISCONNECTED", "", "", 0
        self.cluster, self.refused = asked.get("CloudHsmClusterId"), ""
        self.turn = itertools.count()
        self.name = asked["CustomKeyStoreName"]
        self.connectivity = self.uri = self.path = self.service = self.key_id = ""
        self.take(asked)

    def take(self, asked):
        """Takes up the parameters about the proxy that were given."""
        self.connectivity = asked.get("XksProxyConnectivity", self.connectivity)
        self.uri = asked.get("XksProxyUriEndpoint", self.uri)
        self.path = asked.get("XksProxyUriPath", self.path)
        self.service = asked.get("XksProxyVpcEndpointServiceName", self.service)
        self.key_id = asked.get("XksProxyAuthenticationCredential", {}).get("AccessKeyId", self.key_id)

    def described(self):
        """As DescribeCustomKeyStores has it; ConnectionErrorCode is there in FAILED only."""
        entry = {"CustomKeyStoreId": self.id, "CustomKeyStoreName": self.name, "ConnectionState": self.state,
                 "CreationDate": self.created, "CustomKeyStoreType": "EXTERNAL_KEY_STORE" if self.external else "AWS_CLOUDHSM"}
        if self.state == "FAILED":
            entry["ConnectionErrorCode"] = self.code
        if not self.external:
            return {**entry, "CloudHsmClusterId": self.cluster}
        entry["XksProxyConfiguration"] = {"Connectivity": self.connectivity, "AccessKeyId": self.key_id,
                                          "UriEndpoint": self.uri, "UriPath": self.path}
        if self.service:
            entry["XksProxyConfiguration"]["VpcEndpointServiceName"] = self.service
            entry["XksProxyConfiguration"]["VpcEndpointServiceOwner"] = ACCOUNT
        return entry

    def connect(self):
        """Begins to connect: the interface endpoint soon, the verdict after five minutes.

        https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html
        """
        self.state, self.attempt, self.refused = "CONNECTING", self.attempt + 1, ""
        attempt = self.attempt
        Time.clock.after(ATTACHING, lambda: attempt == self.attempt and self._attach())
        Time.clock.after(CONNECTING, lambda: attempt == self.attempt and self._decide())

    def _attach(self):
        fault = services.fault(self.service, self.uri) if self.service else None
        self.refused = {None: "", "NotFound": "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
                        "InvalidConfiguration": "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"}[fault and fault[0]]
        service = services.named(self.service)
        if service is not None and services.admits_kms(service):
            connection = services.Connection(service)
            services.of(service).append(connection)
            self.endpoint = connection.id

    def _decide(self):
        code = self.refused
        if self.external and not code:
            refusal = proxypath.request(self)
            code = proxypath.REFUSALS[refusal][1] if refusal else ""
        self.state, self.code = ("FAILED", code) if code else ("CONNECTED", "")

    def disconnect(self):
        """Begins to disconnect; KMS's interface endpoint goes at once."""
        self.state, self.attempt = "DISCONNECTING", self.attempt + 1
        attempt = self.attempt
        service = services.named(self.service)
        if service is not None:
            connections = services.of(service)
            connections[:] = [c for c in connections if c.id != self.endpoint]
        self.endpoint = ""
        Time.clock.after(DISCONNECTING, lambda: attempt == self.attempt and setattr(self, "state", "DISCONNECTED"))


def install():
    """Adds key stores to moto's KMS."""
    for operation, do in (("CreateCustomKeyStore", _create), ("ConnectCustomKeyStore", _connect),
                          ("DisconnectCustomKeyStore", _disconnect), ("UpdateCustomKeyStore", _update),
                          ("DeleteCustomKeyStore", _delete), ("DescribeCustomKeyStores", _describe)):
        setattr(KmsResponse, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower(), _answering(operation, do))
        gate.ours("kms", operation)
    _keys()


def _answering(operation, do):
    def answer(_):
        call = gate.Gate.current
        store = Here.world.stores.get(call.params.get("CustomKeyStoreId"))
        if store is not None:
            call.extra.update(customKeyStoreName=store.name, **({"clusterId": store.cluster} if store.cluster else {}))
        return shapes.answered(operation, do(operation, shapes.asked(operation, call.params)) or {})
    return answer


def _store(operation, asked):
    found = Here.world.stores.get(asked["CustomKeyStoreId"])
    if found is None:
        raise KMSError(operation, "CustomKeyStoreNotFoundException", f"{asked['CustomKeyStoreId']} does not exist.")
    return found


def _in_state(operation, asked, *states):
    """Which call is legal in which state is in the text of CustomKeyStoreInvalidStateException.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html
    """
    store = _store(operation, asked)
    if store.state not in states:
        raise KMSError(operation, "CustomKeyStoreInvalidStateException", f"{store.id} is {store.state}.")
    return store


def _create(operation, asked):
    if any(s.name == asked["CustomKeyStoreName"] for s in Here.world.stores.values()):
        raise KMSError(operation, "CustomKeyStoreNameInUseException", f"{asked['CustomKeyStoreName']} is in use.")
    store = Store(asked)
    if store.external:
        _judge(operation, store)
    Here.world.stores[store.id] = store
    return {"CustomKeyStoreId": store.id}


def _judge(operation, store):
    """Create tests the endpoint service's configuration; a public endpoint by asking the proxy.

    https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
    """
    for other in Here.world.stores.values():
        if other is not store and other.service and other.service == store.service:
            raise KMSError(operation, "XksProxyVpcEndpointServiceInUseException", f"{store.service} is in use.")
    if store.service:
        fault = services.fault(store.service, store.uri)
        if fault:
            raise KMSError(operation, f"XksProxyVpcEndpointService{fault[0]}Exception", fault[1])
        return
    refusal = proxypath.request(store)
    if refusal:
        text, _, code = proxypath.REFUSALS[refusal]
        raise KMSError(operation, code, text)


def _connect(operation, asked):
    store = _in_state(operation, asked, "DISCONNECTED", "CONNECTING", "CONNECTED")
    if store.state == "DISCONNECTED":
        store.connect()


def _disconnect(operation, asked):
    _in_state(operation, asked, "CONNECTED", "CONNECTING", "FAILED").disconnect()


def _update(operation, asked):
    only_disconnected = {"XksProxyConnectivity", "XksProxyUriEndpoint", "XksProxyVpcEndpointServiceName"}
    store = _store(operation, asked)
    if only_disconnected & set(asked):
        _in_state(operation, asked, "DISCONNECTED")
    store.take(asked)
    store.name = asked.get("NewCustomKeyStoreName", store.name)


def _delete(operation, asked):
    store = _in_state(operation, asked, "DISCONNECTED")
    if any(s == store.id for s, _ in Here.world.keys.values()):
        raise KMSError(operation, "CustomKeyStoreHasCMKsException", f"{store.id} contains KMS keys.")
    del Here.world.stores[store.id]


def _describe(operation, asked):
    stores = list(Here.world.stores.values())
    if "CustomKeyStoreId" in asked:
        stores = [_store(operation, asked)]
    return {"CustomKeyStores": [s.described() for s in stores], "Truncated": False}


def _keys():
    """Puts key stores behind CreateKey, DescribeKey and the cryptographic operations of moto."""
    create, describe = KmsResponse.create_key, KmsResponse.describe_key

    def create_key(self):
        asked = gate.Gate.current.params
        if "CustomKeyStoreId" not in asked:
            return create(self)
        store = _in_state("CreateKey", asked, "CONNECTED")
        refusal = proxypath.request(store) if store.external else ""
        if refusal:
            raise KMSError("CreateKey", "CustomKeyStoreInvalidStateException", proxypath.REFUSALS[refusal][0])
        before = set(kms().keys)
        create(self)
        made = (set(kms().keys) - before).pop()
        Here.world.keys[made] = (store.id, asked.get("XksKeyId", ""))
        return _metadata("CreateKey", made)

    def describe_key(self):
        described = describe(self)
        key = kms().get_key_id(gate.Gate.current.params["KeyId"])
        return _metadata("DescribeKey", key) if key in Here.world.keys else described

    KmsResponse.create_key, KmsResponse.describe_key = create_key, describe_key
    for name in ("encrypt", "decrypt", "generate_data_key", "generate_data_key_without_plaintext", "re_encrypt"):
        setattr(KmsResponse, name, _behind_the_path(getattr(KmsResponse, name)))


def _metadata(operation, key):
    found = {k: v for k, v in kms().keys[key].to_dict()["KeyMetadata"].items() if v is not None}
    store_id, external = Here.world.keys[key]
    store = Here.world.stores[store_id]
    found.update(CustomKeyStoreId=store_id, KeyState="Enabled" if store.state == "CONNECTED" else "Unavailable")
    if store.external:
        found.update(Origin="EXTERNAL_KEY_STORE", XksKeyConfiguration={"Id": external})
    found.pop("SigningAlgorithms", None)
    return shapes.answered(operation, {"KeyMetadata": found})


def _behind_the_path(inner):
    """A cryptographic operation with a key of a key store needs the store CONNECTED and its path whole."""

    def answer(self):
        call = gate.Gate.current
        key = _key_of(call.params)
        if key in Here.world.keys:
            store_id, external = Here.world.keys[key]
            store, arn = Here.world.stores[store_id], kms().keys[key].arn
            if store.external:
                call.extra.update(customKeyStoreId=store_id, xksKeyId=external)
            call.resources.append(arn)
            text = f"{arn} is unavailable."
            refusal = "" if store.state != "CONNECTED" else proxypath.request(store)
            if store.state != "CONNECTED" or refusal:
                text = proxypath.REFUSALS[refusal][0] if refusal else text
                raise KMSError(call.operation, "KMSInvalidStateException", text)
            return _external(call, inner, self)
        return inner(self)

    return answer


def _external(call, inner, response):
    """A ciphertext that does not fit is refused by the proxy, and so in other words than KMS's own.

    https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
    """
    try:
        return inner(response)
    except InvalidCiphertextException:
        text = ("The external key store proxy rejected the request because the specified ciphertext or additional "
                "authenticated data is corrupted, missing, or otherwise invalid.")
        raise KMSError(call.operation, "KMSInvalidStateException", text) from None


def _key_of(asked):
    """The key that a call names, "" where it names none."""
    return kms().get_key_id(asked["KeyId"]) if asked.get("KeyId") else ""
