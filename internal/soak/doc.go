// Package soak holds the set algebra of package reach against the simulator's packet walk on
// random worlds. The two share no code, so that where they agree on every packet tried both
// are right, or wrong in the same way by chance.
//
// It consists of tests alone. A world is drawn (scene_test.go), read into a snapshot
// (snapshot_test.go; through the product's own reader in reader_test.go), and then every flow
// of the path is asked about of both, at every hop (hops_test.go), whole (whole_test.go), and
// after what is missing was added (fix_test.go). `make test` tries some worlds, `make
// soak-checks` a hundred thousand.
package soak
