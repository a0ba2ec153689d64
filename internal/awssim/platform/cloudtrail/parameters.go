package cloudtrail

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// hidden is what CloudTrail writes in the place of a secret.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// parameters returns a call's requestParameters: what the operation left, else, for a
// call that never reached it, what the client sent without plain and cipher texts.
func parameters(c *engine.Call) map[string]any {
	if c.Trail.RequestParameters != nil {
		return c.Trail.RequestParameters
	}
	switch c.Service.Protocol {
	case engine.JSON10, engine.JSON11, engine.RPCv2CBOR:
	default:
		return nil
	}
	var sent map[string]any
	if err := c.Bind(&sent); err != nil || len(sent) == 0 {
		return nil
	}
	return spell(sent)
}

// spell puts names into lower camel case and leaves out what must not be recorded.
func spell(sent map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range sent {
		switch name {
		case "Plaintext", "CiphertextBlob", "Message":
		case "XksProxyAuthenticationCredential":
			out[lowerFirst(name)] = hidden
		default:
			out[lowerFirst(name)] = value
		}
	}
	return out
}

func lowerFirst(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToLower(name[:1]) + name[1:]
}
