//go:build race

package soak

// aFew is how many worlds a plain test tries; the race detector makes each ten times as long.
const aFew = 200
