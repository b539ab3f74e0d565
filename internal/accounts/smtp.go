package accounts

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MailServer is an SMTP server that takes mail over TLS, and the account that it takes it from.
type MailServer struct {
	Server
	// FromStart tells TLS from the first byte (SMTPS) from TLS after STARTTLS.
	FromStart      bool
	User, Password string
}

// SMTPSettings returns the Tutor settings of a mail server, by Tutor's own names. Contact is the address that Open edX
// writes into every mail as its sender.
//
// Exactly one of the two ways to TLS is on: Django refuses to send with both, and sends in plain text with neither.
// https://docs.djangoproject.com/en/5.2/ref/settings/#email-use-tls
func SMTPSettings(server MailServer, contact string) (map[string]string, error) {
	for _, given := range []struct{ what, text string }{
		{"host", server.Host}, {"user", server.User}, {"password", server.Password},
	} {
		if err := CheckWritable(given.text); err != nil {
			return nil, fmt.Errorf("mail server: %s: %w", given.what, err)
		}
	}
	if address, err := mail.ParseAddress(contact); err != nil || address.Address != contact {
		return nil, fmt.Errorf("contact %q is no address such as contact@example.org", contact)
	}
	return map[string]string{
		"RUN_SMTP": "false", "SMTP_HOST": server.Host, "SMTP_PORT": strconv.Itoa(server.Port),
		"SMTP_USERNAME": server.User, "SMTP_PASSWORD": server.Password,
		"SMTP_USE_TLS": strconv.FormatBool(!server.FromStart), "SMTP_USE_SSL": strconv.FormatBool(server.FromStart),
		"CONTACT_EMAIL": contact,
	}, nil
}

// withoutSMTP are regions that have SES, but only its API, which Open edX does not speak.
// https://docs.aws.amazon.com/general/latest/gr/ses.html
var withoutSMTP = []string{"af-south-1", "ap-southeast-3", "eu-south-1", "il-central-1", "me-south-1"}

// SMTPOffered tells whether SES takes mail by SMTP in a region.
func SMTPOffered(region string) bool { return !slices.Contains(withoutSMTP, region) }

// CheckWritable refuses a text that would come out of Tutor as another one: Tutor takes every setting for a template of
// Jinja, and writes it between double quotes into YAML. The error never repeats the text.
func CheckWritable(text string) error {
	if text == "" {
		return errors.New("it is empty")
	}
	if strings.ContainsAny(text, `"\`) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("it holds a double quote, a backslash or a character that cannot be seen, which Tutor does not quote")
	}
	for _, opening := range []string{"{{", "{%", "{#"} {
		if strings.Contains(text, opening) {
			return fmt.Errorf("it holds %q, which begins a template of Tutor", opening)
		}
	}
	return nil
}
