//go:build race

package rehearse_test

// underRace says that every call costs several times as much: the sweeps take a part
// of the calls then, and the run without the race detector takes them all.
const underRace = true
