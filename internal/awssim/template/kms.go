package template

import (
	"crypto/sha256"
	"encoding/hex"
)

func key(r *resolver, one *resource, _ string) (identity, error) {
	id := r.uuid(one.logicalID)
	arn := r.arn("kms", "key/"+id)
	return identity{arn: arn, ref: id, attributes: map[string]string{"Arn": arn, "KeyId": id}}, nil
}

// uuid is an ID that AWS would make up, the same each time.
func (r *resolver) uuid(logicalID string) string {
	sum := sha256.Sum256([]byte("uuid/" + r.options.StackName + "/" + logicalID))
	h := hex.EncodeToString(sum[:])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

func readKey(b *builder, id identity, properties map[string]any) error {
	var p struct {
		_         struct{} `inert:"Description EnableKeyRotation RotationPeriodInDays PendingWindowInDays Tags Enabled KeySpec KeyUsage"`
		KeyPolicy any
	}
	if err := decode("", properties, &p); err != nil {
		return err
	}
	made := Key{LogicalID: id.logicalID, ID: id.ref, ARN: id.arn}
	if p.KeyPolicy != nil {
		parsed, err := policy(id.logicalID, p.KeyPolicy)
		if err != nil {
			return err
		}
		made.Policy = parsed
	}
	b.stack.Keys = append(b.stack.Keys, made)
	return nil
}

func readAlias(b *builder, id identity, properties map[string]any) error {
	var p struct{ AliasName, TargetKeyId string }
	if err := decode("", properties, &p); err != nil {
		return err
	}
	b.stack.Aliases = append(b.stack.Aliases, Alias{LogicalID: id.logicalID, Name: id.name, Target: p.TargetKeyId})
	return nil
}
