//go:build race

package rehearse_test

// underRace says that every call costs several times as much: a test that plays many runs takes
// some of them then, enough to see races, and the run without the race detector takes them all.
const underRace = true
