package aws_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const (
	repositoryType = "aws:ecr/repository:Repository"
	expiryType     = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
)

// registryArgs are arguments that a test changes one of.
func registryArgs() *aws.RegistryArgs {
	return &aws.RegistryArgs{
		Account: account, Platform: "campus", Stack: "test", Repositories: []string{"openedx", "plugins/notes"}, Images: 20,
		Key: pulumi.String("data-key-arn"), Protect: true, Tags: tags.New("test", nil),
	}
}

func registryProgram(args *aws.RegistryArgs, into **aws.Registry) pulumi.RunFunc {
	return func(ctx *pulumi.Context) (err error) {
		*into, err = aws.NewRegistry(ctx, "rg", args)
		return err
	}
}

func registry(t *testing.T, args *aws.RegistryArgs) (*harness.Graph, *aws.Registry) {
	t.Helper()
	var made *aws.Registry
	graph := harness.Run(t, nil, registryProgram(args, &made))
	return graph, made
}

func TestATagIsAlwaysTheSameImageAndEveryImageIsScannedAndEncrypted(t *testing.T) {
	graph, _ := registry(t, registryArgs())
	for logical, name := range map[string]string{"rg-openedx": "campus-test/openedx", "rg-plugins-notes": "campus-test/plugins/notes"} {
		repository := graph.One(t, repositoryType, logical)
		holds(t, repository, map[string]any{
			"name": name, "imageTagMutability": "IMMUTABLE", "imageScanningConfiguration.scanOnPush": true,
			"encryptionConfigurations": []any{map[string]any{"encryptionType": "KMS", "kmsKey": "data-key-arn"}},
		})
	}
	houseTagged(t, graph, "registry", expiryType)
}

func TestARegistryKeepsSomeImagesAndDropsWhatNoTagLeadsTo(t *testing.T) {
	graph, _ := registry(t, registryArgs())
	policy := graph.One(t, expiryType, "rg-openedx-lifecycle")
	texts(t, policy, map[string]string{"repository": "campus-test/openedx"})
	sameJSON(t, policy.Text(t, "policy"), `{"rules": [
		{"rulePriority": 1, "description": "Images without a tag", "action": {"type": "expire"}, "selection": {
			"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7
		}},
		{"rulePriority": 2, "description": "The oldest images", "action": {"type": "expire"}, "selection": {
			"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": 20
		}}
	]}`)
	if !policy.DeleteBeforeReplace {
		t.Error("another number of images would end with no policy at all")
	}
}

func TestImagesGoWithTheRegistryOnlyWhereNobodyWantsThem(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		args := registryArgs()
		args.Protect, args.Disposable = !disposable, disposable
		graph, _ := registry(t, args)
		for _, r := range graph.Resources {
			if want := !disposable && r.Type == repositoryType; r.Protect != want {
				t.Errorf("disposable %t: protection of %s is %t", disposable, r, r.Protect)
			}
		}
		facts(t, graph.One(t, repositoryType, "rg-openedx"), map[string]bool{"forceDelete": disposable})
	}
}

func TestARegistryTellsWhereImagesArePushedTo(t *testing.T) {
	_, made := registry(t, registryArgs())
	if made.Host != "123456789012.dkr.ecr.eu-west-1.amazonaws.com" {
		t.Errorf("docker logs in to %q", made.Host)
	}
	if got := await(t, made.URLs["openedx"]); got != made.Host+"/campus-test/openedx" {
		t.Errorf("images are pushed to %q", got)
	}
	var arns []string
	for _, arn := range made.ARNs {
		arns = append(arns, await(t, arn))
	}
	if want := []string{
		"arn:aws:ecr:eu-west-1:123456789012:repository/rg-openedx", "arn:aws:ecr:eu-west-1:123456789012:repository/rg-plugins-notes",
	}; !slices.Equal(arns, want) {
		t.Errorf("got %q", arns)
	}
}

func TestARepositoryMoreTouchesNoOther(t *testing.T) {
	before, _ := registry(t, registryArgs())
	args := registryArgs()
	args.Repositories = append([]string{"another"}, args.Repositories...)
	after, _ := registry(t, args)
	if got := changed(before, after); len(got) != 0 {
		t.Errorf("changed: %q", got)
	}
}

func TestThePreviewOfARegistryIsItsUpdate(t *testing.T) {
	var made *aws.Registry
	previewsAsItUpdates(t, registryProgram(registryArgs(), &made))
}

func TestAWrongRegistryRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.RegistryArgs)
		want  string
	}{
		"no account":         {func(a *aws.RegistryArgs) { a.Account.Region = "" }, "incomplete"},
		"no platform":        {func(a *aws.RegistryArgs) { a.Platform = "" }, "no platform"},
		"no stack":           {func(a *aws.RegistryArgs) { a.Stack = "" }, "no platform or stack"},
		"no repositories":    {func(a *aws.RegistryArgs) { a.Repositories = nil }, "no repositories"},
		"no images":          {func(a *aws.RegistryArgs) { a.Images = 0 }, "keeps 0 images"},
		"no key":             {func(a *aws.RegistryArgs) { a.Key = nil }, "no key"},
		"a repository twice": {func(a *aws.RegistryArgs) { a.Repositories = []string{"a/b", "a-b"} }, `repository "a-b" is there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			args := registryArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewRegistry(ctx, "rg", args)
				return err
			}, `registry "rg"`, test.want)
		})
	}
}
