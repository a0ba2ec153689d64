package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Members are those of a JSON object, as they stand there: of a pattern's the order counts.
type members []member

type member struct {
	name  string
	value any
}

// decode reads one JSON value as Go's maps hold it; numbers keep their spelling, since
// EventBridge compares 300 and 300.0 as text.
func decode(source []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	return tree, ended(decoder)
}

// decodeOrdered reads one JSON value with members for its objects.
func decodeOrdered(source []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.UseNumber()
	tree, err := readValue(decoder)
	if err != nil {
		return nil, err
	}
	return tree, ended(decoder)
}

func ended(decoder *json.Decoder) error {
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

func readValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := members{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := readValue(decoder)
			if err != nil {
				return nil, err
			}
			object = append(object, member{name.(string), value})
		}
		_, err = decoder.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := readValue(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = decoder.Token()
		return list, err
	}
	return token, nil
}
