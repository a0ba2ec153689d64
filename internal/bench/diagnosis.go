package main

import (
	"context"
	"errors"
)

var diagnosis = measure{"diagnosis", func(context.Context) (section, error) { return section{}, errors.New("not measured") }}
