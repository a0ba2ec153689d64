package dynamo

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	// packFrom is the size in bytes from which data is kept compressed. An item holds 400 KB,
	// and the diagnosis of a path at AWS's quotas is larger as JSON.
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
	packFrom = 64 << 10
	// unpackTo bounds what is read of compressed data.
	unpackTo = 32 << 20
)

// put keeps JSON in an item: as text that a person can read, or compressed where it is long.
func put(i item, data []byte) error {
	if len(data) < packFrom {
		i["data"] = text(string(data))
		return nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("compressing %d bytes: %w", len(data), err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compressing %d bytes: %w", len(data), err)
	}
	i["packed"] = &types.AttributeValueMemberB{Value: packed.Bytes()}
	return nil
}

// dataOf returns the JSON that put kept.
func dataOf(i item) ([]byte, error) {
	packed, ok := i["packed"].(*types.AttributeValueMemberB)
	if !ok {
		return []byte(textOf(i["data"])), nil
	}
	r, err := gzip.NewReader(bytes.NewReader(packed.Value))
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(r, unpackTo))
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	return data, nil
}
