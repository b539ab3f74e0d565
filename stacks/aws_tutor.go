package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/tutor"
)

// addTutor draws the keys of an instance and writes down what Tutor deploys it from.
// Its settings are those that the secrets hold, so that both are always the same.
func (b *onAWS) addTutor(instance plan.Instance, names accounts.Names, kept *aws.Accounts, mail *aws.MailSecret, uploads *aws.Uploads) (platform.Tutor, error) {
	keys, err := aws.NewTutorKeys(b.Context, b.name("tutor-"+instance.Slug), &aws.TutorKeysArgs{
		Platform: b.plan.Name, Stack: b.plan.Stack, Slug: instance.Slug, MeilisearchHost: instance.Meilisearch,
		SecretsKey: b.keys.Secrets, Disposable: !b.plan.Protect, Tags: b.tags,
	})
	if err != nil {
		return platform.Tutor{}, err
	}
	known := b.handedOver(instance, names)
	var authority pulumi.StringInput = pulumi.String("")
	if b.stores.Mongo.Authority != nil {
		authority = b.stores.Mongo.Authority
	}
	secrets := pulumi.StringArray{
		kept.Settings[accounts.MySQL], kept.Settings[accounts.MongoDB], kept.Settings[accounts.Redis], mail.Settings,
		keys.Settings[accounts.Meilisearch], keys.Settings[accounts.Tutor],
	}
	return platform.Tutor{
		Config: written(append(pulumi.StringArray{uploads.Bucket, authority}, secrets...), func(values []string) (string, error) {
			whole := known(values)
			settings, err := tutor.Settings(values[2:]...)
			if err != nil {
				return "", err
			}
			whole.Settings = settings
			return whole.Config()
		}),
		Plugin: written(pulumi.StringArray{uploads.Bucket, authority}, func(values []string) (string, error) {
			return known(values).Plugin()
		}),
	}, nil
}

// handedOver is what is known of an instance but for its secrets, given the name of
// its bucket and the authority of MongoDB.
func (b *onAWS) handedOver(instance plan.Instance, names accounts.Names) func(values []string) tutor.Instance {
	files := tutor.Bucket{Region: b.plan.Region, PublicPrefix: aws.MediaPrefix}
	if len(b.cdns) > 0 {
		files.PublicHost = instance.LMS
	}
	return func(values []string) tutor.Instance {
		bucket := files
		bucket.Name = values[0]
		return tutor.Instance{
			Slug: instance.Slug, Namespace: names.Home(), LMS: instance.LMS, Studio: instance.Studio, Apps: instance.Apps,
			Bucket: bucket, MySQL: tutor.Authority{URL: aws.MySQLAuthorityURL}, Mongo: tutor.Authority{PEM: values[1]},
			Pods: instance.Pods, Workers: instance.UWSGIWorkers, Children: instance.CeleryChildren, SearchGiB: instance.SearchGiB,
			Spot: b.plan.Cluster.Nodes.Spot > 0, CodeJail: b.plan.AddOns.CodeJail,
		}
	}
}

// written is a text that is made once its parts are there, and secret.
func written(parts pulumi.StringArray, write func(values []string) (string, error)) pulumi.StringOutput {
	return platform.Secret(parts.ToStringArrayOutput().ApplyT(write).(pulumi.StringOutput)) //nolint:errcheck // write gives a string
}
