package aws

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// policy is an IAM policy document.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policy struct {
	Version   string
	Statement []statement
}

// statement allows some actions, or denies them whoever else allows them.
type statement struct {
	Sid       string
	Effect    string
	Principal *principal `json:",omitempty"`
	Action    []string
	Resource  []string  `json:",omitempty"`
	Condition condition `json:",omitempty"`
}

// principal is who a trust or key policy speaks about.
type principal struct {
	AWS       []string `json:",omitempty"`
	Service   []string `json:",omitempty"`
	Federated []string `json:",omitempty"`
}

// condition is operator, then key, then the accepted values.
type condition map[string]map[string][]string

// allow starts a statement; an empty one allows nobody anything.
func allow(sid string, actions ...string) statement {
	return statement{Sid: sid, Effect: "Allow", Action: actions}
}

// deny starts a statement about what nobody may do.
func deny(sid string, actions ...string) statement {
	return statement{Sid: sid, Effect: "Deny", Action: actions}
}

// on says which resources a statement speaks about.
func (s statement) on(resources ...string) statement {
	s.Resource = resources
	return s
}

// to says which AWS services a statement speaks about.
func (s statement) to(services ...string) statement {
	s.Principal = &principal{Service: services}
	return s
}

// toFederated says that a statement speaks about whom an identity provider vouches for.
func (s statement) toFederated(provider string) statement {
	s.Principal = &principal{Federated: []string{provider}}
	return s
}

// toAnybody says that a statement speaks about whoever asks, known or not.
func (s statement) toAnybody() statement {
	s.Principal = &principal{AWS: []string{"*"}}
	return s
}

// toAccount says that a statement speaks about whoever IAM in the account allows.
func (s statement) toAccount(account Account) statement {
	s.Principal = &principal{AWS: []string{"arn:" + account.Partition + ":iam::" + account.ID + ":root"}}
	return s
}

// when narrows a statement.
func (s statement) when(c condition) statement {
	s.Condition = c
	return s
}

// document writes statements as an IAM policy document.
func document(statements ...statement) pulumi.StringOutput {
	return pulumi.JSONMarshal(policy{Version: "2012-10-17", Statement: statements})
}

// documentAbout writes an IAM policy document about resources whose ARNs only
// the run brings.
func documentAbout(arns pulumi.StringArray, statements func(arns []string) []statement) pulumi.StringOutput {
	//nolint:errcheck // the function returns a string output
	return arns.ToStringArrayOutput().ApplyT(func(known []string) pulumi.StringOutput {
		return document(statements(known)...)
	}).(pulumi.StringOutput)
}
