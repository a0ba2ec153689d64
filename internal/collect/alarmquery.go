package collect

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// watchedExpression returns what a Metrics Insights query watches of external key stores. An
// expression that speaks of their metrics and is not understood is a watch that says so. A search
// is none that AWS takes for an alarm.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.MathExpression.html
func (r *Reader) watchedExpression(expression string) []path.Watch {
	if !strings.Contains(expression, kmsNamespace) {
		return nil
	}
	w, ok := r.readInsights(expression)
	switch {
	case !ok && !mayWatch(expression):
		return nil
	case !ok:
		return []path.Watch{{Unread: "its expression could not be understood"}}
	case !slices.Contains(watchedMetrics(), w.Metric):
		return nil
	}
	return []path.Watch{w}
}

// mayWatch reports whether an expression that is not understood could be about the metrics: it
// names one of them, or none at all by its whole name.
func mayWatch(expression string) bool {
	return strings.Contains(expression, "Xks") || strings.Contains(expression, storeDimension)
}

// A pattern is compiled when it is first asked for: few accounts have alarms that need one, and
// every cold start would pay for all.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// insightsHead is what comes before the conditions of a query: the function over a metric, and
// the namespace, bare or with the dimensions that a metric must have.
var insightsHead = pattern(`(?is)^\s*SELECT\s+[A-Z]+\s*\(\s*"?(\w+)"?\s*\)\s+FROM\s+(?:SCHEMA\s*\(\s*"?([\w./-]+)"?\s*(?:,[^)]*)?\)|"?([\w./-]+)"?)\s*(.*)$`)

// insightsTail is what may come after the conditions.
var insightsTail = pattern(`(?is)(?:^|\s)(GROUP\s+BY|ORDER\s+BY|LIMIT)\s.*$`)

// readInsights reads a query. One with a LIMIT may leave a key store out.
func (r *Reader) readInsights(query string) (path.Watch, bool) {
	head := insightsHead().FindStringSubmatch(query)
	if head == nil || head[2]+head[3] != kmsNamespace {
		return path.Watch{}, false
	}
	rest := head[4]
	if tail := insightsTail().FindStringIndex(rest); tail != nil {
		if strings.Contains(strings.ToUpper(rest[tail[0]:]), "LIMIT") {
			return path.Watch{}, false
		}
		rest = rest[:tail[0]]
	}
	of, ok := r.readWhere(strings.TrimSpace(rest))
	return path.Watch{Metric: head[1], KeyStores: of.ids(), Others: of.others}, ok
}
