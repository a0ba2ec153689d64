//go:build !race

package pairs_test

const (
	stride = 23 // how many pairs there are for each that is played
	alone  = 1  // every fault is played alone
)
