package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const backupType = "openedx:aws:Backup"

// backupLimit is the longest name of a vault, a selection or a restore test.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
const backupLimit = 50

// How often backups are copied to another region.
const (
	copyWeekly = "weekly"
	copyDaily  = "daily"
)

// What a vault lets be deleted before its time.
const (
	lockGovernance = "governance"
	lockCompliance = "compliance"
)

// BackupArgs describes the backups of a stack.
type BackupArgs struct {
	Account Account
	// Key is the ARN of the key that encrypts the vault.
	Key pulumi.StringInput
	// Days is how long a daily backup is kept, MonthlyMonths how long that of the
	// first of a month; 0 makes none of those.
	Days, MonthlyMonths int
	// Window is when backups start, in UTC, as in "02:00-03:00".
	Window string
	// Copy is "", "weekly" or "daily": how often backups go to CopyTo as well, and
	// stay there for CopyDays.
	Copy     string
	CopyDays int
	CopyTo   *Region
	// RestoreTests restores backups every week and throws them away again. A MySQL
	// is restored into SubnetGroup, which an account without a default network needs.
	RestoreTests bool
	SubnetGroup  pulumi.StringInput
	// Lock is "", "governance" or "compliance": who cannot delete a backup before its time.
	Lock string
	// Topic is the ARN of the topic that is told what failed.
	Topic pulumi.StringInput
	// Disposable lets the vault be destroyed with the backups in it.
	Disposable bool
	// Protect guards the vault against deletion and replacement, and LoseCopies takes
	// that away from the copies' own.
	Protect, LoseCopies bool
	Tags                tags.Set
}

// Backup copies what the stack marks as worth it. Whether AWS Backup does so with
// databases, volumes and buckets at all is a setting of the account and region that
// all its users share, so that it is nobody's to own here; it is on by default,
// except for S3.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/working-with-supported-services.html
type Backup struct {
	pulumi.ResourceState
	// Vault is the vault's name, the same in both regions.
	Vault pulumi.StringOutput
	// RestoreRole is the ARN of the role that restores are made with.
	RestoreRole pulumi.StringOutput
	// Alarms say what is to be watched.
	Alarms []Alarm

	name  string
	args  *BackupArgs
	start clock
	vault *backup.Vault
	// copies is nil without copies.
	copies *backup.Vault
}

// BackupVaultName is what the vaults of a stack are called on AWS.
func BackupVaultName(stack, name string) string { return lowerName(backupLimit, stack, name) }

// NewBackup creates the backups of a stack.
func NewBackup(ctx *pulumi.Context, name string, args *BackupArgs, opts ...pulumi.ResourceOption) (*Backup, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("backup %q: %w", name, err)
	}
	b := &Backup{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(backupType, name, args.inputs(), b, opts...); err != nil {
		return nil, fmt.Errorf("backup %q: %w", name, err)
	}
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("backup %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(b, pulumi.Map{"vault": b.Vault, "restoreRole": b.RestoreRole}); err != nil {
		return nil, fmt.Errorf("backup %q: %w", name, err)
	}
	return b, nil
}

// build creates where backups go, who makes them and when, and what tells of them.
func (b *Backup) build(ctx *pulumi.Context) (err error) {
	if b.start, err = startOf(b.args.Window); err != nil {
		return err
	}
	for _, step := range []func(*pulumi.Context) error{b.createVaults, b.createPlan, b.createRestores, b.createEvents} {
		if err = step(ctx); err != nil {
			return err
		}
	}
	b.Vault = b.vault.Name
	b.Alarms = b.watch()
	return nil
}

func (a *BackupArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Key == nil || a.Topic == nil:
		return errors.New("key and topic must be given")
	case a.Days < 1 || a.MonthlyMonths < 0:
		return fmt.Errorf("backups are kept for %d days, and monthly ones for %d months", a.Days, a.MonthlyMonths)
	case a.RestoreTests && a.SubnetGroup == nil:
		return errors.New("no subnet group that a database could be restored into")
	}
	if err := a.validateLock(); err != nil {
		return err
	}
	if err := a.validateCopies(); err != nil {
		return err
	}
	_, err := startOf(a.Window)
	return err
}

// validateLock wants a lock that there is, on what nobody wants to throw away.
func (a *BackupArgs) validateLock() error {
	switch {
	case a.Lock == "":
		return nil
	case a.Lock != lockGovernance && a.Lock != lockCompliance:
		return fmt.Errorf("lock %q: want governance or compliance", a.Lock)
	case a.Disposable:
		return errors.New("what is locked is not disposable")
	case a.MonthlyMonths > 0 && a.MonthlyMonths*monthDays < a.Days:
		// AWS Backup makes no backup that it would have to delete before the lock lets it.
		return fmt.Errorf("monthly backups are kept for %d months, but the lock wants %d days", a.MonthlyMonths, a.Days)
	}
	return nil
}

// validateCopies wants copies to go somewhere else, and to end.
func (a *BackupArgs) validateCopies() error {
	switch {
	case a.Copy == "" && a.CopyTo == nil:
		return nil
	case a.Copy != copyWeekly && a.Copy != copyDaily:
		return fmt.Errorf("copies to another region %q: want weekly or daily", a.Copy)
	case a.CopyTo == nil:
		return errors.New("no region for the copies")
	case a.CopyTo.Account.Region == a.Account.Region:
		return fmt.Errorf("copies go to %q, where the backups are", a.Account.Region)
	case a.CopyDays < 1:
		return fmt.Errorf("copies are kept for %d days", a.CopyDays)
	}
	return nil
}

func (a *BackupArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"days": pulumi.Int(a.Days), "monthlyMonths": pulumi.Int(a.MonthlyMonths),
		"copy": pulumi.String(a.Copy), "copyDays": pulumi.Int(a.CopyDays),
		"restoreTests": pulumi.Bool(a.RestoreTests), "lock": pulumi.String(a.Lock),
	}
}

// mark is the value of the tag by which the plan finds what it copies.
func (a *BackupArgs) mark() string { return a.Tags.BackedUp(map[string]string{})[tags.Backup] }

// tags are the tags of one of the resources.
func (b *Backup) tags(name string) pulumi.StringMap {
	return pulumi.ToStringMap(b.args.Tags.For("backup", name))
}
