package main

import (
	"math"
	"testing"
)

// costs makes the points of a law over sizes that double.
func costs(law func(n float64) float64) []point {
	var points []point
	for n := 31.25; n <= 1000; n *= 2 {
		points = append(points, point{n, law(n)})
	}
	return points
}

// The exponent of n·log n is its slope in a plot of logarithms, 1 + 1/ln n: between 1.29 at 31 and
// 1.14 at 1,000. A point that is off by a tenth moves no exponent by more than its spread.
func TestFitFindsTheExponentOfALaw(t *testing.T) {
	t.Parallel()
	sign := 1.0
	tests := map[string]struct {
		law                   func(n float64) float64
		least, most           float64
		leastAdded, mostAdded float64 // of what each size adds
	}{
		"constant":           {func(float64) float64 { return 7 }, 0, 0, 0, 0},
		"n":                  {func(n float64) float64 { return 3 * n }, 1, 1, 1, 1},
		"n log n":            {func(n float64) float64 { return n * math.Log(n) }, 1.14, 1.29, 1.1, 1.29},
		"n²":                 {func(n float64) float64 { return n * n / 9 }, 2, 2, 2, 2},
		"√n":                 {math.Sqrt, 0.5, 0.5, 0.5, 0.5},
		"n on a fixed cost":  {func(n float64) float64 { return 500 + n }, 0.1, 0.9, 1, 1},
		"n² on a fixed cost": {func(n float64) float64 { return 1e5 + n*n }, 0.1, 1.9, 2, 2},
		"n with a tenth of noise": {func(n float64) float64 {
			sign = -sign
			return n * (1 + sign*0.1)
		}, 0.9, 1.1, 0.9, 1.1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			const rounding = 1e-9
			points := costs(tt.law)
			if got := fit(points); got.exponent < tt.least-rounding || got.exponent > tt.most+rounding {
				t.Errorf("exponent %v, want %v to %v", got, tt.least, tt.most)
			}
			if got := fit(added(points)); got.exponent < tt.leastAdded-rounding || got.exponent > tt.mostAdded+rounding {
				t.Errorf("exponent of what is added %v, want %v to %v", got, tt.leastAdded, tt.mostAdded)
			}
		})
	}
}

func TestFitSaysHowFarItCanBeOff(t *testing.T) {
	t.Parallel()
	if got := fit(costs(func(n float64) float64 { return n })); got.spread > 1e-9 {
		t.Errorf("points on a line spread by %v, want 0", got.spread)
	}
	// Four sizes e^0 … e^3 whose logarithms of cost are 0, 1, 2, 3 and then off by +1, -1, -1, +1
	// tenths. That pattern is at right angles to a line: the slope stays 1. The sum of squares is
	// 4/100 over 2 degrees of freedom, and that of the sizes is 5: twice √(0.02/5).
	var points []point
	for i, off := range []float64{0.1, -0.1, -0.1, 0.1} {
		points = append(points, point{math.Exp(float64(i)), math.Exp(float64(i) + off)})
	}
	got, want := fit(points), growth{1, 2 * math.Sqrt(0.02/5)}
	if math.Abs(got.exponent-want.exponent) > 1e-9 || math.Abs(got.spread-want.spread) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFitOfTooLittleIsNoGrowth(t *testing.T) {
	t.Parallel()
	for name, points := range map[string][]point{
		"nothing":             nil,
		"one size":            {{10, 5}},
		"one size twice":      {{10, 5}, {10, 6}},
		"sizes without cost":  {{10, 0}, {20, 0}, {40, -1}},
		"one that has a cost": {{10, 0}, {20, 3}},
	} {
		if got := fit(points); got != (growth{}) {
			t.Errorf("%s: got %v, want none", name, got)
		}
	}
}
