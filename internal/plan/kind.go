package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A Kind names a type of action in JSON and in a step's ID.
type Kind string

// The closed list of kinds. The first nine are what apply can do; the others are planned
// with the commands that a person types, and never applied by this version.
const (
	KindAuthorizeIngress    Kind = "authorize-ingress"
	KindRevokeIngress       Kind = "revoke-ingress"
	KindAuthorizeEgress     Kind = "authorize-egress"
	KindRevokeEgress        Kind = "revoke-egress"
	KindAddPrincipal        Kind = "add-principal"
	KindRemovePrincipal     Kind = "remove-principal"
	KindRestartVerification Kind = "restart-verification"
	KindDisconnectKeyStore  Kind = "disconnect-key-store"
	KindConnectKeyStore     Kind = "connect-key-store"

	KindAcceptConnections Kind = "accept-connections"
	KindSetAcceptanceOff  Kind = "set-acceptance-off"
	KindSetAcceptanceOn   Kind = "set-acceptance-on"
	KindRefreshZones      Kind = "refresh-zones"
	KindUpsertTXT         Kind = "upsert-txt"
	KindRestoreTXT        Kind = "restore-txt"
	KindSetSubnets        Kind = "set-subnets"
	KindEnforcementOff    Kind = "enforcement-off"
	KindEnforcementOn     Kind = "enforcement-on"

	KindCreateNetworkACLEntry Kind = "create-network-acl-entry"
	KindDeleteNetworkACLEntry Kind = "delete-network-acl-entry"

	KindCrossZoneOn  Kind = "cross-zone-on"
	KindCrossZoneOff Kind = "cross-zone-off"

	KindEnableVpcDns  Kind = "enable-vpc-dns"
	KindDisableVpcDns Kind = "disable-vpc-dns"

	KindInstruct Kind = "instruct"
)

// Kinds returns every kind, in the order of the list above.
func Kinds() []Kind {
	return []Kind{
		KindAuthorizeIngress, KindRevokeIngress, KindAuthorizeEgress, KindRevokeEgress,
		KindAddPrincipal, KindRemovePrincipal, KindRestartVerification,
		KindDisconnectKeyStore, KindConnectKeyStore,
		KindAcceptConnections, KindSetAcceptanceOff, KindSetAcceptanceOn, KindRefreshZones,
		KindUpsertTXT, KindRestoreTXT,
		KindSetSubnets,
		KindEnforcementOff, KindEnforcementOn,
		KindCreateNetworkACLEntry, KindDeleteNetworkACLEntry,
		KindCrossZoneOn, KindCrossZoneOff,
		KindEnableVpcDns, KindDisableVpcDns, KindInstruct,
	}
}

// decode reads an action of a kind. An unknown kind is an error, and so is a field that
// this version does not know: an action that is only half understood must not be applied.
func decode(kind Kind, body []byte) (Action, error) {
	switch kind {
	case KindAuthorizeIngress:
		return strict[AuthorizeIngress](body)
	case KindRevokeIngress:
		return strict[RevokeIngress](body)
	case KindAuthorizeEgress:
		return strict[AuthorizeEgress](body)
	case KindRevokeEgress:
		return strict[RevokeEgress](body)
	case KindAddPrincipal:
		return strict[AddPrincipal](body)
	case KindRemovePrincipal:
		return strict[RemovePrincipal](body)
	case KindRestartVerification:
		return strict[RestartVerification](body)
	case KindDisconnectKeyStore:
		return strict[DisconnectKeyStore](body)
	case KindConnectKeyStore:
		return strict[ConnectKeyStore](body)
	case KindAcceptConnections:
		return strict[AcceptConnections](body)
	case KindSetAcceptanceOff:
		return strict[SetAcceptanceOff](body)
	case KindSetAcceptanceOn:
		return strict[SetAcceptanceOn](body)
	case KindRefreshZones:
		return strict[RefreshZones](body)
	case KindUpsertTXT:
		return strict[UpsertTXT](body)
	case KindRestoreTXT:
		return strict[RestoreTXT](body)
	case KindSetSubnets:
		return strict[SetSubnets](body)
	case KindEnforcementOff:
		return strict[EnforcementOff](body)
	case KindEnforcementOn:
		return strict[EnforcementOn](body)
	case KindCreateNetworkACLEntry:
		return strict[CreateNetworkACLEntry](body)
	case KindDeleteNetworkACLEntry:
		return strict[DeleteNetworkACLEntry](body)
	case KindCrossZoneOn:
		return strict[CrossZoneOn](body)
	case KindCrossZoneOff:
		return strict[CrossZoneOff](body)
	case KindEnableVpcDns:
		return strict[EnableVpcDns](body)
	case KindDisableVpcDns:
		return strict[DisableVpcDns](body)
	case KindInstruct:
		return strict[Instruct](body)
	}
	return nil, fmt.Errorf("unknown kind of action %q", kind)
}

func strict[A Action](body []byte) (Action, error) {
	var a A
	if string(body) == "null" {
		return nil, fmt.Errorf("reading action of kind %q: there is none", a.Kind())
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return nil, fmt.Errorf("reading action of kind %q: %w", a.Kind(), err)
	}
	return a, nil
}

// Connection says whether an action of the kind connects or disconnects a key store: what a
// hold stops, and what no lost answer may be concluded from.
func (k Kind) Connection() bool { return k == KindDisconnectKeyStore || k == KindConnectKeyStore }
