// Package template reads a SAM template as CloudFormation would and says what it asks for.
// It is a reader of one dialect, not of all: a resource type, property or intrinsic that it
// does not interpret stops it, so that the simulator never runs less than the template says.
package template

// Options are what a template is deployed with.
type Options struct {
	StackName  string
	Region     string
	Account    string
	Parameters map[string]string // as typed by a person; those left out take their default
}

// Read resolves a template into a Stack. Its error is one sentence that names the logical
// ID and the construct; mistakes in parameters come all at once.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html
func Read(source []byte, o Options) (*Stack, error) {
	document, err := parse(source)
	if err != nil {
		return nil, err
	}
	r, err := newResolver(document, o)
	if err != nil {
		return nil, err
	}
	return build(r)
}
