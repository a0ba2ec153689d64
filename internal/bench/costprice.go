package main

// priceList is when and where the prices of this file held. They were read in copies that
// others published, not on AWS's own pages, and they change: the counts of the page stay
// true, its dollars are as old as this date.
const (
	priceDate   = "June 2026"
	priceRegion = "US East (N. Virginia)"
)

// A price is what AWS asks for one unit, in US dollars.
type price struct {
	item    string
	dollars float64
	per     float64 // units that the dollars buy
	unit    string
	page    string // AWS's own price page
	asOf    string // when the copy that was read says it held
}

// of returns what n units cost.
func (p price) of(n float64) float64 { return n * p.dollars / p.per }

// Prices, first tiers; free tiers are not subtracted.
var (
	keyPrice      = price{"KMS key", 1, 1, "key and month", "https://aws.amazon.com/kms/pricing/", "March 2026"}
	kmsPrice      = price{"KMS requests", 0.03, 10_000, "requests", "https://aws.amazon.com/kms/pricing/", "March 2026"}
	alarmPrice    = price{"CloudWatch alarms", 0.10, 1, "alarm and month", "https://aws.amazon.com/cloudwatch/pricing/", "February 2026"}
	metricPrice   = price{"CloudWatch custom metrics", 0.30, 1, "metric and month, by the hour", "https://aws.amazon.com/cloudwatch/pricing/", "February 2026"}
	requestPrice  = price{"CloudWatch API requests", 0.01, 1_000, "requests", "https://aws.amazon.com/cloudwatch/pricing/", "not read again"}
	ingestPrice   = price{"CloudWatch Logs, taken in", 0.50, 1, "GB", "https://aws.amazon.com/cloudwatch/pricing/", "June 2026"}
	logPrice      = price{"CloudWatch Logs, kept", 0.03, 1, "GB and month", "https://aws.amazon.com/cloudwatch/pricing/", "February 2026"}
	invokePrice   = price{"Lambda requests", 0.20, 1_000_000, "requests", "https://aws.amazon.com/lambda/pricing/", "2024"}
	durationPrice = price{"Lambda duration, arm64", 0.0000133334, 1, "GB-second", "https://aws.amazon.com/lambda/pricing/", "2024"}
	sqsPrice      = price{"SQS requests, standard queues", 0.40, 1_000_000, "requests", "https://aws.amazon.com/sqs/pricing/", "March 2026"}
	eventPrice    = price{"EventBridge custom events", 1, 1_000_000, "events", "https://aws.amazon.com/eventbridge/pricing/", "March 2026"}
	writePrice    = price{"DynamoDB write request units", 0.625, 1_000_000, "units of 1 KB", "https://aws.amazon.com/dynamodb/pricing/on-demand/", "2025"}
	readPrice     = price{"DynamoDB read request units", 0.125, 1_000_000, "units of 4 KB", "https://aws.amazon.com/dynamodb/pricing/on-demand/", "2025"}
	tablePrice    = price{"DynamoDB storage and point-in-time recovery", 0.45, 1, "GB and month", "https://aws.amazon.com/dynamodb/pricing/on-demand/", "not read again"}
	publishPrice  = price{"SNS publishes", 0.50, 1_000_000, "requests", "https://aws.amazon.com/sns/pricing/", "June 2026"}
	emailPrice    = price{"SNS e-mails", 2, 100_000, "messages", "https://aws.amazon.com/sns/pricing/", "June 2026"}
	furtherTrails = price{"CloudTrail management events of a second trail", 2, 100_000, "events", "https://aws.amazon.com/cloudtrail/pricing/", "not read again"}
	allPrices     = []price{keyPrice, kmsPrice, alarmPrice, metricPrice, requestPrice, ingestPrice, logPrice, invokePrice, durationPrice, sqsPrice, eventPrice, writePrice, readPrice, tablePrice, publishPrice, emailPrice, furtherTrails}
)
