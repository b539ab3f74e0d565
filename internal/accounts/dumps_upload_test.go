package accounts

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// uploading is a folder with two dumps and one that broke off.
func uploading(t *testing.T) *dumping {
	t.Helper()
	one := newDumping(t, UploadDumpsFile, map[string]string{"DESTINATION": "s3://backups/dumps/acme"})
	one.write(t, "dumps/a.sql.gz", "a")
	one.write(t, "dumps/b.archive.gz", "b")
	one.write(t, "dumps/c.sql.gz.part", "c")
	one.write(t, "bin/aws", "#!/bin/sh\nprintf '%s HOME %s\\n' \"$*\" \"$HOME\" >>'"+one.record()+"'\n")
	return one
}

func TestWholeDumpsAreUploadedUnderNamesThatBeginWithTheTime(t *testing.T) {
	one := uploading(t)
	if out, err := one.run(t, nil); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const moment = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z`
	want := regexp.MustCompile(`^s3 cp \S+/a\.sql\.gz s3://backups/dumps/acme/` + moment + `-a\.sql\.gz --only-show-errors HOME ` + regexp.QuoteMeta(one.env["TMPDIR"]) + `\S+
s3 cp \S+/b\.archive\.gz s3://backups/dumps/acme/` + moment + `-b\.archive\.gz --only-show-errors HOME \S+
$`)
	if got := read(t, one.record()); !want.MatchString(got) {
		t.Errorf("aws was started with\n%s", got)
	}
}

func TestAnUploadThatFailsOrHasNothingToUploadSaysSo(t *testing.T) {
	refused := uploading(t)
	refused.write(t, "bin/aws", "#!/bin/sh\nexit 1\n")
	empty := newDumping(t, UploadDumpsFile, map[string]string{"DESTINATION": "s3://backups/dumps/acme"})
	empty.write(t, "dumps/c.sql.gz.part", "c")
	empty.write(t, "dumps/d.sql.gz", "")
	for name, test := range map[string]struct {
		one     *dumping
		changes map[string]string
		want    string
	}{
		"refused":        {refused, nil, "a.sql.gz cannot be uploaded"},
		"nothing":        {empty, nil, "there is no dump in"},
		"no bucket":      {uploading(t), map[string]string{"DESTINATION": "/tmp"}, "is no folder of a bucket"},
		"no folder":      {uploading(t), map[string]string{"DESTINATION": "s3://backups"}, "is no folder of a bucket"},
		"no destination": {uploading(t), map[string]string{"DESTINATION": ""}, "DESTINATION"},
	} {
		if out, err := test.one.run(t, test.changes); err == nil || !strings.Contains(out, test.want) {
			t.Errorf("%s: got %v: %s", name, err, out)
		}
	}
}

func TestWhoDumpsFetchesItsOwnPasswordsOnly(t *testing.T) {
	one, names := newFetching(t), mustNames(t, "acme")
	var err error
	if one.job.Credentials, err = names.OwnMySQLCredentials(); err != nil {
		t.Fatal(err)
	}
	one.job.Admin = ""
	one.mustRun(t)
	if diff := cmp.Diff([]string{"authority.pem", "openedxacme"}, one.files(t)); diff != "" {
		t.Error(diff)
	}
	if seen := read(t, one.record); strings.Contains(seen, "--secret-id admin") {
		t.Errorf("the administrator's secret was read: %s", seen)
	}
}

func TestAnInstancesDumpsHaveAPlaceAndAnIdentityOfTheirOwn(t *testing.T) {
	names := mustNames(t, "north-campus")
	if names.DumpFolder() != "dumps/north-campus" || names.DumpServiceAccount() != "dumps-north-campus" {
		t.Errorf("got %q and %q", names.DumpFolder(), names.DumpServiceAccount())
	}
	if _, err := names.MySQLDumpEnvironment(DumpJob{}, "forum"); err == nil {
		t.Error("a plugin that has no database is dumped")
	}
	if _, err := names.OwnMySQLCredentials("forum"); err == nil {
		t.Error("a plugin that has no database has a password")
	}
}
