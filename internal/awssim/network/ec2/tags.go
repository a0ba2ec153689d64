package ec2

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type tag struct{ Key, Value string }

type tagSpecification struct {
	ResourceType string
	Tags         []tag `query:"Tag"`
}

func tagList(tags map[string]string) []tag {
	out := []tag{}
	for _, k := range network.IDs(tags) {
		out = append(out, tag{k, tags[k]})
	}
	return out
}

// ruleTags returns the tags that a call gives its new security group rules.
func ruleTags(specs []tagSpecification) map[string]string {
	tags := map[string]string{}
	for _, s := range specs {
		if s.ResourceType == "security-group-rule" {
			for _, t := range s.Tags {
				tags[t.Key] = t.Value
			}
		}
	}
	return tags
}

// digest returns 9 hexadecimal digits that depend on s alone.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:9]
}

// A tagged resource, as tag calls see it.
type tagged struct {
	id, kind string
	tags     map[string]string
}

// everything returns all resources of EC2 that can be tagged, by kind and ID.
func (a api) everything() []tagged {
	var all []tagged
	add := func(kind, id string, tags map[string]string) { all = append(all, tagged{id, kind, tags}) }
	for _, x := range network.Sorted(a.SecurityGroups) {
		add("security-group", x.ID, x.Tags)
		for _, r := range a.Rules(x) {
			add("security-group-rule", r.ID, r.Tags)
		}
	}
	for _, x := range network.Sorted(a.Services) {
		add("vpc-endpoint-service", x.ID, x.Tags)
	}
	for _, x := range network.Sorted(a.Interfaces) {
		add("network-interface", x.ID, x.Tags)
	}
	for _, x := range network.Sorted(a.Subnets) {
		add("subnet", x.ID, x.Tags)
	}
	for _, x := range network.Sorted(a.VPCs) {
		add("vpc", x.ID, x.Tags)
	}
	for _, x := range network.Sorted(a.ACLs) {
		add("network-acl", x.ID, x.Tags)
	}
	for _, x := range network.Sorted(a.RouteTables) {
		add("route-table", x.ID, x.Tags)
	}
	for _, x := range network.Sorted(a.PrefixLists) {
		add("prefix-list", x.ID, x.Tags)
	}
	for _, x := range network.Sorted(a.Instances) {
		add("instance", x.ID, x.Tags)
	}
	return all
}

type tagInput struct {
	dryable
	ResourceIDs []string `query:"ResourceId"`
	Tags        []struct {
		Key   string
		Value *string
	} `query:"Tag"`
}

func (a api) taggedResources(in tagInput) []engine.Resource {
	context := map[string]string{}
	for _, t := range in.Tags {
		if t.Value != nil {
			context["aws:RequestTag/"+t.Key] = *t.Value
		}
	}
	var out []engine.Resource
	for _, id := range in.ResourceIDs {
		r := engine.Resource{ARN: a.ARN("ec2", "*/"+id), Context: context}
		for _, t := range a.everything() {
			if t.id == id {
				r.ARN, r.Tags = a.ARN("ec2", t.kind+"/"+id), t.tags
			}
		}
		out = append(out, r)
	}
	return out
}

func (a api) createTags(c *engine.Call, in tagInput) (any, error) {
	return a.editTags(c, in, func(tags map[string]string) {
		for _, t := range in.Tags {
			tags[t.Key] = ""
			if t.Value != nil {
				tags[t.Key] = *t.Value
			}
		}
	})
}

// deleteTags removes the named tags; one given with a value only where it has that value.
// None named are all.
func (a api) deleteTags(c *engine.Call, in tagInput) (any, error) {
	return a.editTags(c, in, func(tags map[string]string) {
		if len(in.Tags) == 0 {
			clear(tags)
		}
		for _, t := range in.Tags {
			if t.Value == nil || tags[t.Key] == *t.Value {
				delete(tags, t.Key)
			}
		}
	})
}

func (a api) editTags(c *engine.Call, in tagInput, edit func(map[string]string)) (any, error) {
	c.Trail.RequestParameters = trailedTags(in)
	all := map[string]tagged{}
	for _, t := range a.everything() {
		all[t.id] = t
	}
	for _, id := range in.ResourceIDs {
		if _, ok := all[id]; !ok {
			return nil, fail("InvalidID", "The ID '%s' is not valid", id)
		}
	}
	for _, id := range in.ResourceIDs {
		edit(all[id].tags)
	}
	return &returned{true}, nil
}

func trailedTags(in tagInput) map[string]any {
	resources, tags := []any{}, []any{}
	for _, id := range in.ResourceIDs {
		resources = append(resources, map[string]any{"resourceId": id})
	}
	for _, t := range in.Tags {
		item := map[string]any{"key": t.Key}
		if t.Value != nil {
			item["value"] = *t.Value
		}
		tags = append(tags, item)
	}
	return map[string]any{"resourcesSet": map[string]any{"items": resources}, "tagSet": map[string]any{"items": tags}}
}

type tagDescription struct {
	ResourceID   string `xml:"resourceId"`
	ResourceType string `xml:"resourceType"`
	Key, Value   string
}

type describeTagsOutput struct {
	Tags      []tagDescription `xml:"tagSet"`
	NextToken string
}

func (a api) describeTags(_ *engine.Call, in listing) (any, error) {
	var all []tagDescription
	for _, t := range a.everything() {
		for _, k := range network.IDs(t.tags) {
			all = append(all, tagDescription{t.id, t.kind, k, t.tags[k]})
		}
	}
	tags, next, err := list(a, in, all, serve.Fields[tagDescription]{
		"resource-id":   serve.One(func(t tagDescription) string { return t.ResourceID }),
		"resource-type": serve.One(func(t tagDescription) string { return t.ResourceType }),
		"key":           serve.One(func(t tagDescription) string { return t.Key }),
		"value":         serve.One(func(t tagDescription) string { return t.Value }),
	}, nil)
	return &describeTagsOutput{tags, next}, err
}
