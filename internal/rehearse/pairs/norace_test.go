//go:build !race

package pairs_test

// stride is how many pairs there are for each that is played.
const stride = 23
