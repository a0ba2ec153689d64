//go:build race

package pairs_test

// stride is how many pairs there are for each that is played: the race detector slows a run
// down some eight times.
const stride = 101
