//go:build race

package pairs_test

// The race detector slows a run down some eight times.
const (
	stride = 307 // how many pairs there are for each that is played
	alone  = 9   // how many faults there are for each that is played alone
)
