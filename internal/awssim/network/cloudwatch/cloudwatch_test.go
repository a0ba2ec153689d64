package cloudwatch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/cloudwatch"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/networktest"
)

const topic = "arn:aws:sns:eu-central-1:111122223333:on-call"

// serve has four alarms: a and b on metrics, c on both, d that rings with c.
func serve(t *testing.T) (*network.World, *sdk.Client, string) {
	t.Helper()
	w := networktest.NewWorld()
	w.PutAlarm(network.Alarm{Name: "a", Actions: []string{topic}, Namespace: "AWS/KMS", Metric: "XksProxyErrors", Statistic: "Sum", Period: 60, Periods: 1,
		Comparison: "GreaterThanThreshold", Threshold: 5, Dimensions: []network.Dimension{{Name: "CustomKeyStoreId", Value: "cks-1"}}})
	w.PutAlarm(network.Alarm{Name: "b", State: "ALARM", ActionsDisabled: true, Queries: []network.AlarmQuery{
		{ID: "m1", Hidden: true, Namespace: "AWS/KMS", Metric: "XksProxyErrors", Statistic: "Sum", Period: 60}, {ID: "e1", Expression: "m1 * 2"},
	}})
	w.PutAlarm(network.Alarm{Name: "c", Rule: `ALARM("a") OR ALARM(` + w.ARN("cloudwatch", "alarm:b") + `)`, Actions: []string{topic}})
	w.PutAlarm(network.Alarm{Name: "d", Rule: "ALARM(c)"})
	w.PageSize = 0
	server := networktest.Serve(t, w, cloudwatch.Service(w))
	return w, sdk.NewFromConfig(server.Config), *server.Config.BaseEndpoint
}

// names are the metric alarms, then the composite ones.
func names(out *sdk.DescribeAlarmsOutput) string {
	var all []string
	for _, a := range out.MetricAlarms {
		all = append(all, *a.AlarmName)
	}
	for _, a := range out.CompositeAlarms {
		all = append(all, *a.AlarmName)
	}
	return strings.Join(all, " ")
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func TestAlarmsAreFoundByWhatTheCallNames(t *testing.T) {
	t.Parallel()
	both := []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}
	for name, tt := range map[string]struct {
		in   sdk.DescribeAlarmsInput
		want string
	}{
		"metric alarms where no type is named": {sdk.DescribeAlarmsInput{}, "a b"},
		"both types":                           {sdk.DescribeAlarmsInput{AlarmTypes: both}, "a b c d"},
		"composite alarms":                     {sdk.DescribeAlarmsInput{AlarmTypes: both[1:]}, "c d"},
		"log alarms, of which there are none":  {sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeLogAlarm}}, ""},
		"by name":                              {sdk.DescribeAlarmsInput{AlarmNames: []string{"b", "d", "nobody"}, AlarmTypes: both}, "b d"},
		"by the beginning of the name":         {sdk.DescribeAlarmsInput{AlarmNamePrefix: aws.String("b")}, "b"},
		"by state":                             {sdk.DescribeAlarmsInput{StateValue: types.StateValueAlarm, AlarmTypes: both}, "b"},
		"by action":                            {sdk.DescribeAlarmsInput{ActionPrefix: aws.String("arn:aws:sns:"), AlarmTypes: both}, "a c"},
		"children":                             {sdk.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("c")}, "a b"},
		"a composite child":                    {sdk.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("d")}, "c"},
		"parents":                              {sdk.DescribeAlarmsInput{ParentsOfAlarmName: aws.String("b")}, "c"},
		"parents of nobody":                    {sdk.DescribeAlarmsInput{ParentsOfAlarmName: aws.String("nobody")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client, _ := serve(t)
			out, err := client.DescribeAlarms(t.Context(), &tt.in)
			if err != nil || names(out) != tt.want {
				t.Errorf("got %q, %v; want %q", names(out), err, tt.want)
			}
		})
	}
}

func TestAnAlarmIsDescribedInFull(t *testing.T) {
	t.Parallel()
	w, client, _ := serve(t)
	out, err := client.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}})
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := out.MetricAlarms[0], out.MetricAlarms[1], out.CompositeAlarms[0]
	got := fmt.Sprint(*a.AlarmArn, *a.Namespace, *a.MetricName, *a.Dimensions[0].Name, *a.Dimensions[0].Value, *a.ActionsEnabled, a.AlarmActions, *a.Threshold, *a.Period, a.AlarmConfigurationUpdatedTimestamp.Equal(networktest.Start))
	if want := fmt.Sprint(w.ARN("cloudwatch", "alarm:a"), "AWS/KMS", "XksProxyErrors", "CustomKeyStoreId", "cks-1", true, []string{topic}, 5.0, 60, true); got != want {
		t.Errorf("a metric alarm: got %s, want %s", got, want)
	}
	stat := b.Metrics[0]
	got = fmt.Sprint(*b.ActionsEnabled, b.StateValue, *stat.MetricStat.Metric.MetricName, *stat.MetricStat.Period, *stat.ReturnData, *b.Metrics[1].Expression, *b.Metrics[1].ReturnData)
	if want := fmt.Sprint(false, "ALARM", "XksProxyErrors", 60, false, "m1 * 2", true); got != want {
		t.Errorf("an alarm on math: got %s, want %s", got, want)
	}
	if *c.AlarmRule != w.Alarms["c"].Rule || len(c.AlarmActions) != 1 {
		t.Errorf("a composite alarm: got %+v", c)
	}
}

func TestAlarmsComeInPages(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 3} {
		w, client, _ := serve(t)
		w.PageSize = size
		got, pages := "", 0
		for p := sdk.NewDescribeAlarmsPaginator(client, &sdk.DescribeAlarmsInput{MaxRecords: aws.Int32(2), AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}}); p.HasMorePages(); pages++ {
			out, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got += names(out) + " "
		}
		want := map[int]int{0: 2, 1: 4, 3: 2}[size] // two by two as asked, or one by one
		if strings.TrimSpace(got) != "a b c d" || pages != want {
			t.Errorf("pages of %d: got %q in %d pages, want all in %d", size, got, pages, want)
		}
	}
}

func TestMistakesAreRefused(t *testing.T) {
	t.Parallel()
	_, client, _ := serve(t)
	describe := func(in sdk.DescribeAlarmsInput) func(context.Context) error {
		return func(ctx context.Context) error { _, err := client.DescribeAlarms(ctx, &in); return err }
	}
	for name, tt := range map[string]struct {
		call func(context.Context) error
		code string
	}{
		"a token of nobody's":       {describe(sdk.DescribeAlarmsInput{NextToken: aws.String("nonsense")}), "InvalidNextToken"},
		"names and a prefix":        {describe(sdk.DescribeAlarmsInput{AlarmNames: []string{"a"}, AlarmNamePrefix: aws.String("a")}), "InvalidParameterCombination"},
		"children by state":         {describe(sdk.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("c"), StateValue: types.StateValueOk}), "InvalidParameterCombination"},
		"more than a page holds":    {describe(sdk.DescribeAlarmsInput{MaxRecords: aws.Int32(101)}), "InvalidParameterValue"},
		"a type that there is not":  {describe(sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"Siren"}}), "InvalidParameterValue"},
		"a state that there is not": {describe(sdk.DescribeAlarmsInput{StateValue: "LOUD"}), "InvalidParameterValue"},
		"deleting what is not there": {func(ctx context.Context) error {
			_, err := client.DeleteAlarms(ctx, &sdk.DeleteAlarmsInput{AlarmNames: []string{"nobody"}})
			return err
		}, "ResourceNotFound"},
		"an alarm on nothing":            {put(client, sdk.PutMetricAlarmInput{}), "MissingParameter"},
		"an alarm on two things":         {put(client, sdk.PutMetricAlarmInput{MetricName: aws.String("m"), Metrics: []types.MetricDataQuery{{Id: aws.String("m1"), Expression: aws.String("1")}}}), "InvalidParameterCombination"},
		"an alarm that looks at nothing": {put(client, sdk.PutMetricAlarmInput{Metrics: []types.MetricDataQuery{{Id: aws.String("m1"), Expression: aws.String("1"), ReturnData: aws.Bool(false)}}}), "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if e, ok := errors.AsType[smithy.APIError](tt.call(context.Background())); !ok || e.ErrorCode() != tt.code {
				t.Errorf("got %v, want %s", e, tt.code)
			}
		})
	}
}

func put(client *sdk.Client, in sdk.PutMetricAlarmInput) func(context.Context) error {
	in.AlarmName, in.ComparisonOperator = aws.String("new"), types.ComparisonOperatorGreaterThanThreshold
	in.Threshold, in.EvaluationPeriods = aws.Float64(-0.5), aws.Int32(1)
	return func(ctx context.Context) error { _, err := client.PutMetricAlarm(ctx, &in); return err }
}

func TestAnAlarmIsPutOverwrittenAndDeleted(t *testing.T) {
	t.Parallel()
	w, client, _ := serve(t)
	query := []types.MetricDataQuery{
		{Id: aws.String("e1"), Expression: aws.String("m1 * 2"), Period: aws.Int32(60)},
		{Id: aws.String("m1"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{Stat: aws.String("Sum"), Period: aws.Int32(60),
			Metric: &types.Metric{Namespace: aws.String("AWS/KMS"), MetricName: aws.String("XksProxyErrors"), Dimensions: []types.Dimension{{Name: aws.String("CustomKeyStoreId"), Value: aws.String("cks-1")}}}}},
	}
	if err := put(client, sdk.PutMetricAlarmInput{Metrics: query, AlarmActions: []string{topic}})(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := &network.Alarm{
		ARN: w.ARN("cloudwatch", "alarm:new"), Name: "new", Updated: networktest.Start, Actions: []string{topic}, State: "INSUFFICIENT_DATA", Comparison: "GreaterThanThreshold", Threshold: -0.5, Periods: 1,
		Queries: []network.AlarmQuery{{ID: "e1", Expression: "m1 * 2", Period: 60},
			{ID: "m1", Hidden: true, Period: 60, Namespace: "AWS/KMS", Metric: "XksProxyErrors", Statistic: "Sum", Dimensions: []network.Dimension{{Name: "CustomKeyStoreId", Value: "cks-1"}}}},
	}
	if d := cmp.Diff(want, w.Alarms["new"]); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
	w.Alarms["new"].State = "ALARM"
	if err := put(client, sdk.PutMetricAlarmInput{MetricName: aws.String("m"), Namespace: aws.String("n")})(t.Context()); err != nil || w.Alarms["new"].State != "ALARM" || w.Alarms["new"].Metric != "m" {
		t.Errorf("overwritten: %+v, %v", w.Alarms["new"], err)
	}
	if _, err := client.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{"new", "a"}}); err != nil || len(w.Alarms) != 3 {
		t.Errorf("%d alarms are left, %v; want 3", len(w.Alarms), err)
	}
}

// Clients of other years speak JSON and the query protocol.
func TestOlderClientsAreAnsweredInTheirProtocol(t *testing.T) {
	t.Parallel()
	_, _, url := serve(t)
	for name, tt := range map[string]struct {
		header map[string]string
		body   string
		status int
		want   string
	}{
		"JSON": {map[string]string{"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms", "Content-Type": "application/x-amz-json-1.0"},
			`{"AlarmNames":["a"]}`, 200, `"AlarmName":"a"`},
		"JSON, an error": {map[string]string{"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms"}, `{"NextToken":"x"}`, 400, `#InvalidNextToken"`},
		"query": {map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=a", 200,
			"<DescribeAlarmsResult><CompositeAlarms></CompositeAlarms><MetricAlarms><member><AlarmName>a</AlarmName>"},
		"query, an error": {map[string]string{}, "Action=DescribeAlarms&Version=2010-08-01&MaxRecords=101", 400, "<Code>InvalidParameterValue</Code>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(tt.body))
			request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260302/eu-central-1/monitoring/aws4_request")
			for key, value := range tt.header {
				request.Header.Set(key, value)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("got %d %s, %v; want %d and %s", response.StatusCode, body, err, tt.status, tt.want)
			}
		})
	}
}
