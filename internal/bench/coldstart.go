package main

import (
	"context"
	"errors"
)

var coldStart = measure{"coldstart", func(context.Context) (section, error) { return section{}, errors.New("not measured") }}
