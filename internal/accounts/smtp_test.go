package accounts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mailServer is a server that a test changes one thing of; its password has all that one of SES can have.
func mailServer() MailServer {
	return MailServer{
		Server: Server{"email-smtp.eu-west-1.amazonaws.com", 587}, User: "AKIAIOSFODNN7EXAMPLE", Password: "BExample+Pass/word=",
	}
}

func TestMailSettingsAreTutorsOwnAndCarryThePasswordAsItIs(t *testing.T) {
	got, err := SMTPSettings(mailServer(), "contact@campus.example.org")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"RUN_SMTP": "false", "SMTP_HOST": "email-smtp.eu-west-1.amazonaws.com", "SMTP_PORT": "587",
		"SMTP_USERNAME": "AKIAIOSFODNN7EXAMPLE", "SMTP_PASSWORD": "BExample+Pass/word=",
		"SMTP_USE_TLS": "true", "SMTP_USE_SSL": "false", "CONTACT_EMAIL": "contact@campus.example.org",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyOneOfTheTwoWaysToTLSIsOn(t *testing.T) {
	for fromStart, want := range map[bool][2]string{false: {"true", "false"}, true: {"false", "true"}} {
		server := mailServer()
		server.FromStart = fromStart
		got, err := SMTPSettings(server, "contact@campus.example.org")
		if err != nil {
			t.Fatal(err)
		}
		if got["SMTP_USE_TLS"] != want[0] || got["SMTP_USE_SSL"] != want[1] {
			t.Errorf("TLS from the start %t: SMTP_USE_TLS is %q and SMTP_USE_SSL %q", fromStart, got["SMTP_USE_TLS"], got["SMTP_USE_SSL"])
		}
	}
}

func TestWhatTutorWouldWriteAsSomethingElseIsRefusedAndNotRepeated(t *testing.T) {
	for _, password := range []string{"", `hid"den`, `hid\den`, "hid\nden", "hid\x00den", "hid{{den", "hid{%den", "hid{#den"} {
		server := mailServer()
		server.Password = password
		_, err := SMTPSettings(server, "contact@campus.example.org")
		if err == nil || !strings.Contains(err.Error(), "mail server: password") {
			t.Errorf("%q: got %v", password, err)
		}
		if err != nil && password != "" && strings.Contains(err.Error(), "hid") {
			t.Errorf("%q is repeated: %v", password, err)
		}
	}
	for what, spoil := range map[string]func(*MailServer){
		"host": func(s *MailServer) { s.Host = "" },
		"user": func(s *MailServer) { s.User = `a"b` },
	} {
		server := mailServer()
		spoil(&server)
		if _, err := SMTPSettings(server, "contact@campus.example.org"); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestAContactIsOneBareAddress(t *testing.T) {
	for _, contact := range []string{"", "campus.example.org", "Campus <contact@campus.example.org>", "a@example.org, b@example.org"} {
		if _, err := SMTPSettings(mailServer(), contact); err == nil || !strings.Contains(err.Error(), "is no address") {
			t.Errorf("%q: got %v", contact, err)
		}
	}
}
