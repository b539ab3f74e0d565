package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const registryType = "openedx:aws:Registry"

// registryLimit is the longest that the platform's part of a repository's name may
// be, of 256 in all.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
const registryLimit = 100

// untaggedDays is how long an image is kept that no tag leads to. One that is a part
// of a tagged image for several processors is kept as long as that is.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
const untaggedDays = 7

// RegistryArgs says which images are kept, and how many.
type RegistryArgs struct {
	Account Account
	// Platform and Stack begin the repositories' names.
	Platform, Stack string
	Repositories    []string
	// Images is how many tagged images each repository keeps.
	Images int
	// Key is the ARN of the key that encrypts the images.
	Key pulumi.StringInput
	// Protect guards the repositories against deletion and replacement.
	Protect bool
	// Disposable lets the repositories be destroyed with their images.
	Disposable bool
	Tags       tags.Set
}

// Registry holds the images that are built for the platform. The nodes may pull what
// the account has, by a policy that they have already.
type Registry struct {
	pulumi.ResourceState
	// URLs are what images are called in front of their tag, by repository.
	URLs map[string]pulumi.StringOutput
	ARNs pulumi.StringArray
	// Host is what docker logs in to.
	Host string
}

// NewRegistry creates the repositories.
func NewRegistry(ctx *pulumi.Context, name string, args *RegistryArgs, opts ...pulumi.ResourceOption) (*Registry, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("registry %q: %w", name, err)
	}
	r := &Registry{
		URLs: map[string]pulumi.StringOutput{},
		Host: args.Account.ID + ".dkr.ecr." + args.Account.Region + ".amazonaws.com",
	}
	if err := ctx.RegisterComponentResourceV2(registryType, name, args.inputs(), r, opts...); err != nil {
		return nil, fmt.Errorf("registry %q: %w", name, err)
	}
	urls := pulumi.StringMap{}
	for _, repository := range args.Repositories {
		if err := r.create(ctx, name, repository, args); err != nil {
			return nil, fmt.Errorf("registry %q: %w", name, err)
		}
		urls[repository] = r.URLs[repository]
	}
	if err := ctx.RegisterResourceOutputs(r, pulumi.Map{"urls": urls}); err != nil {
		return nil, fmt.Errorf("registry %q: %w", name, err)
	}
	return r, nil
}

func (a *RegistryArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Platform == "" || a.Stack == "":
		return errors.New("no platform or stack that the repositories would be named after")
	case len(a.Repositories) == 0:
		return errors.New("no repositories")
	case a.Images < 1:
		return fmt.Errorf("a repository keeps %d images", a.Images)
	case a.Key == nil:
		return errors.New("no key")
	}
	keys := make([]string, len(a.Repositories))
	for i, repository := range a.Repositories {
		keys[i] = repositoryKey(repository)
	}
	return unique("repository", keys)
}

func (a *RegistryArgs) inputs() pulumi.Map {
	return pulumi.Map{"repositories": pulumi.ToStringArray(a.Repositories), "images": pulumi.Int(a.Images)}
}

// repositoryKey makes a repository a part of a logical name.
func repositoryKey(repository string) string { return strings.ReplaceAll(repository, "/", "-") }

// create creates one repository, and has it keep what it is told to.
func (r *Registry) create(ctx *pulumi.Context, component, repository string, args *RegistryArgs) error {
	name := component + "-" + repositoryKey(repository)
	made, err := ecr.NewRepository(ctx, name, args.repository(name, repository), pulumi.Parent(r), pulumi.Protect(args.Protect))
	if err != nil {
		return fmt.Errorf("repository %q: %w", repository, err)
	}
	_, err = ecr.NewLifecyclePolicy(ctx, name+"-lifecycle", &ecr.LifecyclePolicyArgs{
		Repository: made.Name,
		Policy:     args.lifecycle(),
		// A repository has one policy: the removal of the old one would be that of the new.
	}, pulumi.Parent(r), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("lifecycle of %q: %w", repository, err)
	}
	r.URLs[repository] = made.RepositoryUrl
	r.ARNs = append(r.ARNs, made.Arn)
	return nil
}

// repository builds one repository. A tag once pushed is always the same image, so
// that going back to one is going back; whoever builds needs a new tag each time.
func (a *RegistryArgs) repository(name, repository string) *ecr.RepositoryArgs {
	return &ecr.RepositoryArgs{
		Name:               pulumi.String(lowerName(registryLimit, a.Platform, a.Stack) + "/" + repository),
		ImageTagMutability: pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: ecr.RepositoryImageScanningConfigurationArgs{
			ScanOnPush: pulumi.Bool(true),
		},
		// ECR opens the key to itself by grants, so that nodes need no right to it.
		// https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
		EncryptionConfigurations: ecr.RepositoryEncryptionConfigurationArray{
			ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("KMS"), KmsKey: a.Key.ToStringOutput()},
		},
		ForceDelete: pulumi.Bool(a.Disposable),
		Tags:        pulumi.ToStringMap(a.Tags.For("registry", name)),
	}
}

// expiry is a rule of ECR about what it deletes.
type expiry struct {
	RulePriority int             `json:"rulePriority"`
	Description  string          `json:"description"`
	Selection    expirySelection `json:"selection"`
	Action       expiryAction    `json:"action"`
}

type expirySelection struct {
	TagStatus      string   `json:"tagStatus"`
	TagPatternList []string `json:"tagPatternList,omitempty"`
	CountType      string   `json:"countType"`
	CountUnit      string   `json:"countUnit,omitempty"`
	CountNumber    int      `json:"countNumber"`
}

type expiryAction struct {
	Type string `json:"type"`
}

// lifecycle says what ECR deletes by itself. It does not know which image is in use:
// as many must be kept as anybody may go back.
func (a *RegistryArgs) lifecycle() pulumi.StringOutput {
	expire := expiryAction{Type: "expire"}
	return pulumi.JSONMarshal(map[string][]expiry{"rules": {
		{RulePriority: 1, Description: "Images without a tag", Action: expire, Selection: expirySelection{
			TagStatus: "untagged", CountType: "sinceImagePushed", CountUnit: "days", CountNumber: untaggedDays,
		}},
		{RulePriority: 2, Description: "The oldest images", Action: expire, Selection: expirySelection{
			TagStatus: "tagged", TagPatternList: []string{"*"}, CountType: "imageCountMoreThan", CountNumber: a.Images,
		}},
	}})
}
