package main

import (
	"context"
	"errors"
)

var storm = measure{"storm", func(context.Context) (section, error) { return section{}, errors.New("not measured") }}
