//go:build !race

package soak

// aFew is how many worlds a plain test tries.
const aFew = 2000
