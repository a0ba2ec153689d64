package collect

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// evaluated returns, of the queries of a metric math alarm, those that its value depends on:
// the one that returns data, and what that one's expression names, however far. A query that
// is only there is not watched.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func evaluated(queries []types.MetricDataQuery) []types.MetricDataQuery {
	needed := make([]bool, len(queries))
	var need func(i int)
	need = func(i int) {
		if needed[i] {
			return
		}
		needed[i] = true
		expression := aws.ToString(queries[i].Expression)
		for j, q := range queries {
			if refers(expression, aws.ToString(q.Id)) {
				need(j)
			}
		}
	}
	for i, q := range queries {
		if q.ReturnData == nil || *q.ReturnData {
			need(i)
		}
	}
	var out []types.MetricDataQuery
	for i, q := range queries {
		if needed[i] {
			out = append(out, q)
		}
	}
	return out
}

var (
	selects     = pattern(`(?i)^\s*SELECT\s`)
	mathWord    = pattern(`[A-Za-z][A-Za-z0-9_]*`)
	mathMetrics = pattern(`\bMETRICS\(\s*(?:["']([^"']*)["'])?\s*\)`)
	mathText    = pattern(`"[^"]*"|'[^']*'`)
)

// refers reports whether an expression names the query id, or all queries by METRICS(), or
// those whose ID holds a text by METRICS("text"). A Metrics Insights query names none.
func refers(expression, id string) bool {
	if id == "" || selects().MatchString(expression) {
		return false
	}
	for _, m := range mathMetrics().FindAllStringSubmatch(expression, -1) {
		if strings.Contains(id, m[1]) {
			return true
		}
	}
	return slices.Contains(mathWord().FindAllString(mathText().ReplaceAllString(expression, " "), -1), id)
}
