package main

import (
	"context"
	"errors"
)

var cost = measure{"cost", func(context.Context) (section, error) { return section{}, errors.New("not measured") }}
