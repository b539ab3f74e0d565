package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// lockGraceDays is how long a lock for compliance can be taken back: the least that
// AWS Backup accepts.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
const lockGraceDays = 3

// createVaults creates the vault, and that of the copies in the other region.
func (b *Backup) createVaults(ctx *pulumi.Context) (err error) {
	a := b.args
	if b.vault, err = b.createVault(ctx, vaultSpec{part: "vault", key: a.Key, days: a.Days, protect: a.Protect, lose: a.Disposable}); err != nil {
		return err
	}
	if a.CopyTo == nil {
		return nil
	}
	b.copies, err = b.createVault(ctx, vaultSpec{
		part: "copies", key: a.CopyTo.Key, days: a.CopyDays, provider: a.CopyTo.Provider,
		protect: a.Protect && !a.LoseCopies, lose: a.Disposable || a.LoseCopies,
	})
	return err
}

// vaultSpec describes a vault.
type vaultSpec struct {
	part string
	key  pulumi.StringInput
	days int
	// provider is that of the region; nil in the stack's own.
	provider pulumi.ProviderResource
	// protect guards the vault, and lose lets it go with what is in it.
	protect, lose bool
}

// createVault creates a vault. The name is the same everywhere, for whoever has to find it at night.
func (b *Backup) createVault(ctx *pulumi.Context, spec vaultSpec) (*backup.Vault, error) {
	name := b.name + "-" + spec.part
	options := []pulumi.ResourceOption{pulumi.Parent(b)}
	if spec.provider != nil {
		options = append(options, pulumi.Provider(spec.provider))
	}
	vault, err := backup.NewVault(ctx, name, &backup.VaultArgs{
		Name:         pulumi.String(BackupVaultName(ctx.Stack(), b.name)),
		KmsKeyArn:    spec.key.ToStringOutput(),
		ForceDestroy: pulumi.Bool(spec.lose),
		Tags:         b.tags(name),
	}, append(options, pulumi.Protect(spec.protect))...)
	if err != nil {
		return nil, fmt.Errorf("vault %q: %w", spec.part, err)
	}
	return vault, b.lock(ctx, name, vault, spec.days, options)
}

// lock keeps whoever has no right to change the lock, or anybody at all, from
// deleting a backup before its days are over.
func (b *Backup) lock(ctx *pulumi.Context, name string, vault *backup.Vault, days int, options []pulumi.ResourceOption) error {
	if b.args.Lock == "" {
		return nil
	}
	args := &backup.VaultLockConfigurationArgs{BackupVaultName: vault.Name, MinRetentionDays: pulumi.Int(days)}
	// A vault has one lock: of two that follow each other, the end of the first would be the end of both.
	options = append(options, pulumi.DeleteBeforeReplace(true))
	if b.args.Lock == lockCompliance {
		// Days cannot be taken from it, nor can it be deleted. More days for later backups need no other lock.
		args.ChangeableForDays = pulumi.Int(lockGraceDays)
		options = append(options, pulumi.IgnoreChanges([]string{"minRetentionDays"}), pulumi.RetainOnDelete(true))
	}
	if _, err := backup.NewVaultLockConfiguration(ctx, name+"-lock", args, options...); err != nil {
		return fmt.Errorf("lock of %q: %w", name, err)
	}
	return nil
}
