package iam_test

import (
	"strings"
	"testing"

	"example.org/openedx/internal/iam"
)

func statement(fields string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"Test","Effect":"Allow",` + fields + `}]}`
}

func TestWhatAWSKnowsHasNoProblems(t *testing.T) {
	for name, text := range map[string]string{
		"an object":            statement(`"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::campus/*"]`),
		"a bucket":             statement(`"Action":"s3:ListBucket","Resource":"arn:aws:s3:::campus"`),
		"each for its own":     statement(`"Action":["logs:CreateLogStream","logs:DescribeLogStreams"],"Resource":["arn:aws:logs:eu-west-1:123456789012:log-group:x","arn:aws:logs:eu-west-1:123456789012:log-group:x:*"]`),
		"both at once":         statement(`"Action":["s3:*"],"Resource":["arn:aws:s3:::campus","arn:aws:s3:::campus/*"]`),
		"a part of a name":     statement(`"Action":["kms:GenerateDataKey*"],"Resource":["*"]`),
		"a key of the action":  statement(`"Action":["kms:Decrypt"],"Resource":["*"],"Condition":{"StringEquals":{"kms:ViaService":["s3"]}}`),
		"a key with a word":    statement(`"Action":["kms:Decrypt"],"Resource":["*"],"Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":["x"]}}`),
		"a key of every call":  statement(`"Action":["s3:GetObject"],"Resource":["*"],"Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}`),
		"small letters":        statement(`"Action":["s3:getobject"],"Resource":["*"]`),
		"whom others vouch":    statement(`"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"token.actions.githubusercontent.com:sub":"x"}}`),
		"a folder of a secret": statement(`"Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:eu-west-1:123456789012:secret:/campus/test/*"]`),
	} {
		problems, err := iam.Problems(text)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", name, problems, err)
		}
	}
}

func TestWhatAWSDoesNotKnowIsFound(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a misspelt action":        {statement(`"Action":["s3:GetObjects"],"Resource":["*"]`), `s3 has no action "GetObjects"`},
		"a pattern of nothing":     {statement(`"Action":["kms:Unwrap*"],"Resource":["*"]`), `kms has no action "Unwrap*"`},
		"a misspelt service":       {statement(`"Action":["secretmanager:GetSecretValue"],"Resource":["*"]`), `service "secretmanager"`},
		"an action of a bucket":    {statement(`"Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::campus/*"]`), `s3:ListBucket never works on arn:aws:s3:::campus/*`},
		"an action of objects":     {statement(`"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::campus"]`), `s3:GetObject never works on`},
		"a resource for nothing":   {statement(`"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::campus/*","arn:aws:s3:::campus"]`), `nothing of it ever works on "arn:aws:s3:::campus"`},
		"another service's":        {statement(`"Action":["kms:Decrypt"],"Resource":["arn:aws:s3:::campus"]`), `kms:Decrypt never works on`},
		"an action about nothing":  {statement(`"Action":["ecr:GetAuthorizationToken"],"Resource":["arn:aws:ecr:eu-west-1:123456789012:repository/x"]`), `never works on`},
		"a misspelt key":           {statement(`"Action":["kms:Decrypt"],"Resource":["*"],"Condition":{"StringEquals":{"kms:ViaServices":["s3"]}}`), `carries the key "kms:ViaServices"`},
		"another action's key":     {statement(`"Action":["s3:GetObject"],"Resource":["*"],"Condition":{"StringEquals":{"kms:ViaService":["s3"]}}`), `carries the key "kms:ViaService"`},
		"a misspelt operator":      {statement(`"Action":["s3:GetObject"],"Resource":["*"],"Condition":{"StringEqual":{"aws:SourceAccount":["1"]}}`), `no condition operator "StringEqual"`},
		"no action":                {statement(`"Resource":["*"]`), "no action"},
		"no statement":             {`{"Version":"2012-10-17"}`, "no statement"},
		"neither allow nor refuse": {`{"Statement":[{"Sid":"Test","Effect":"allow","Action":"s3:GetObject"}]}`, `effect "allow"`},
	} {
		problems, err := iam.Problems(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Join(problems, "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatIsNoDocumentIsAnError(t *testing.T) {
	if _, err := iam.Problems("campus"); err == nil {
		t.Error("a text that is no JSON is taken for a policy document")
	}
}
