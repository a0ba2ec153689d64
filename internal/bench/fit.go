package main

import (
	"fmt"
	"math"
)

// A point is what work on something of size n cost.
type point struct{ n, cost float64 }

// A growth is the exponent p of cost ∝ n^p: 0 is constant, 1 linear, 2 quadratic. Sorting, n·log n,
// reads as 1.1 to 1.2 over sizes of 60 to 1,000.
type growth struct {
	exponent float64
	spread   float64 // twice the standard error of the exponent
}

func (g growth) String() string { return fmt.Sprintf("%.2f ± %.2f", g.exponent, g.spread) }

// fit returns the growth of points by least squares of log cost against log n. Points that cost
// nothing say nothing; of fewer than two the growth is 0.
func fit(points []point) growth {
	var xs, ys []float64
	for _, p := range points {
		if p.n > 0 && p.cost > 0 {
			xs, ys = append(xs, math.Log(p.n)), append(ys, math.Log(p.cost))
		}
	}
	meanX, meanY := mean(xs), mean(ys)
	var xx, xy float64
	for i := range xs {
		xx += (xs[i] - meanX) * (xs[i] - meanX)
		xy += (xs[i] - meanX) * (ys[i] - meanY)
	}
	if xx == 0 {
		return growth{}
	}
	slope, rest := xy/xx, 0.0
	for i := range xs {
		off := ys[i] - meanY - slope*(xs[i]-meanX)
		rest += off * off
	}
	g := growth{exponent: slope}
	if free := len(xs) - 2; free > 0 {
		g.spread = 2 * math.Sqrt(rest/float64(free)/xx)
	}
	return g
}

// added returns what each size cost more than the one before it. A fixed cost hides how the rest
// grows; of sizes that double, a + b·n^p, the differences grow with exponent p whatever a is.
func added(points []point) []point {
	var steps []point
	for i := 1; i < len(points); i++ {
		steps = append(steps, point{points[i].n, points[i].cost - points[i-1].cost})
	}
	return steps
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(len(values), 1))
}
