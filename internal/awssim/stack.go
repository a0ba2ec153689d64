package awssim

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/dynamodb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

// A Stack is a deployed template.
type Stack struct {
	*template.Stack // what it asked for, every intrinsic resolved

	sim *Sim
}

// Register gives a function, by its logical ID, its code.
func (k *Stack) Register(function string, code Function) error {
	k.sim.mu.Lock()
	defer k.sim.mu.Unlock()
	return k.sim.Lambda.Register(function, code)
}

// Env returns the environment of a function: what the template sets, and what Lambda sets
// for every function, with the simulator's address among it. It is nil where there is no
// such function.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (k *Stack) Env(function string) map[string]string {
	f, known := k.Function(function)
	if !known {
		return nil
	}
	id, secret := k.sim.Credentials(function)
	env := map[string]string{
		"AWS_REGION":                      k.Region,
		"AWS_DEFAULT_REGION":              k.Region,
		"AWS_ACCESS_KEY_ID":               id,
		"AWS_SECRET_ACCESS_KEY":           secret,
		"AWS_ENDPOINT_URL":                k.sim.URL(),
		"AWS_EC2_METADATA_DISABLED":       "true",
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + f.Name,
	}
	maps.Copy(env, f.Environment)
	return env
}

// Messages returns what a queue of the template holds, visible or not, oldest first.
func (k *Stack) Messages(queue string) []sqs.Message {
	k.sim.mu.Lock()
	defer k.sim.mu.Unlock()
	for _, q := range k.Queues {
		if q.LogicalID == queue {
			return k.sim.Queues.ByName(q.Name).Messages()
		}
	}
	return nil
}

// Send puts a body on a queue of the template, by its logical ID.
func (k *Stack) Send(queue, body string) error {
	k.sim.mu.Lock()
	defer k.sim.mu.Unlock()
	for _, q := range k.Queues {
		if q.LogicalID == queue {
			k.sim.Queues.ByName(q.Name).Send(sqs.Message{Body: body}, q.Delay)
			return nil
		}
	}
	return fmt.Errorf("sending to queue %s: the template has none of that name", queue)
}

// Items returns what a table of the template holds, in the order of its keys.
func (k *Stack) Items(table string) []dynamodb.Item {
	k.sim.mu.Lock()
	defer k.sim.mu.Unlock()
	for _, t := range k.Tables {
		if t.LogicalID == table {
			return k.sim.Tables.Table(t.Name).Items()
		}
	}
	return nil
}
