package plan

import (
	"cmp"
	"fmt"
	"net/mail"
	"strconv"
	"strings"

	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/config"
)

const (
	keyMailKind     = "openedx:mail.kind"
	keyMailDomain   = "openedx:mail.domain"
	keyMailFrom     = "openedx:mail.from"
	keyDMARC        = "openedx:mail.dmarc"
	keyReports      = "openedx:mail.reports"
	keySMTP         = "openedx:mail.smtp"
	keySMTPHost     = "openedx:mail.smtp.host"
	keySMTPPort     = "openedx:mail.smtp.port"
	keySMTPUsername = "openedx:mail.smtp.username"
	keyMailPassword = "openedx:mailPassword"
)

const (
	anyAddress    = "courses@campus.example.org"
	anyMailServer = "smtp.example.org"
	// plainPort is where mail servers talk to each other, for the most part in
	// plain text, and what AWS does not let out of its network:
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-resource-limits.html#port-25-throttle.
	plainPort = 25
	// longestMailPassword is more than any server asks for.
	longestMailPassword = 256
)

// sendsBySES tells whether Amazon SES sends the mail.
func (c *checker) sendsBySES() bool {
	return or(c.settings.Mail.Kind, config.MailSES) == config.MailSES
}

// notBySES is why the platform makes no records for somebody else's mail server.
const notBySES = "openedx:mail.kind is smtp, and the records of its domain are the server's owner's to make"

// mailDomain wants a domain in the platform's zone, where its records are made.
func (c *checker) mailDomain() {
	domain, platform := c.settings.Mail.Domain, c.settings.Domain
	if !c.sendsBySES() {
		c.without(keyMailDomain, domain != nil, notBySES)
		c.without(keyDMARC, c.settings.Mail.DMARC != nil, notBySES)
		return
	}
	if region := c.settings.Region; !accounts.SMTPOffered(region) {
		c.refuseFor(keyMailKind, string(config.MailSES), "has no SMTP in "+region+", only an API that Open edX does not speak; a mail server of another kind is wanted",
			string(config.MailSMTP))
	}
	if domain == nil {
		return
	}
	if reason := domainProblem(*domain); reason != "" {
		c.refuseFor(keyMailDomain, *domain, reason, hostLike(*domain, cmp.Or(platform, "campus.example.org")))
	} else if platform != "" && domainProblem(platform) == "" && !within(*domain, platform) {
		c.refuseFor(keyMailDomain, *domain, fmt.Sprintf("is outside %s, the domain in %s, in whose zone it would be verified; that domain or one below it is wanted",
			platform, keyDomain), platform)
	}
}

// verifiedDomain is the domain that SES may send from, or nothing where there is
// none, or where it has a problem of its own.
func (c *checker) verifiedDomain() string {
	domain := or(c.settings.Mail.Domain, c.settings.Domain)
	if !c.sendsBySES() || domainProblem(domain) != "" {
		return ""
	}
	return domain
}

// sender wants an address that mail can be sent from.
func (c *checker) sender() { c.from(keyMailFrom, or(c.settings.Mail.From, "")) }

// contacts wants the same of each instance's own.
func (c *checker) contacts() {
	for _, slug := range c.slugs() {
		c.from(config.Child(config.Child(keyInstances, slug), "contact"), c.settings.Instances[slug].Contact)
	}
}

// from wants an address in the domain that SES may send from.
func (c *checker) from(key, address string) {
	verified := c.verifiedDomain()
	if address == "" || !c.address(key, address, verified) {
		return
	}
	local, domain, _ := strings.Cut(address, "@")
	if verified != "" && domain != verified {
		c.refuseFor(key, address, fmt.Sprintf("is outside the verified domain, %s, and SES would refuse to send from it; an address in it is wanted, "+
			"or another domain in %s", verified, keyMailDomain), local+"@"+verified)
	}
}

// address wants an address of mail, and tells whether it is one.
func (c *checker) address(key, address, domain string) bool {
	parsed, err := mail.ParseAddress(address)
	local, host, _ := strings.Cut(address, "@")
	// SES takes no other letters before the @:
	// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html.
	foreign := strings.ContainsFunc(local, func(r rune) bool { return r > '~' })
	if err == nil && parsed.Address == address && !foreign && hostProblem(host) == "" {
		return true
	}
	better := anyAddress
	if domain != "" {
		better = defaultSender + "@" + domain
	}
	c.refuseFor(key, address, "is no mail address; the bare address is wanted, in lower case after the @, such as "+better, better)
	return false
}

// reports wants an address for reports, where the platform asks for them.
func (c *checker) reports() {
	address := or(c.settings.Mail.Reports, "")
	switch {
	case address == "":
	case !c.sendsBySES():
		c.without(keyReports, true, notBySES)
	case or(c.settings.Mail.DMARC, config.DMARCQuarantine) == config.DMARCExternal:
		c.without(keyReports, true, keyDMARC+" is external, and the record that asks for reports is not the platform's")
	default:
		c.address(keyReports, address, "")
	}
}

// mailServer wants to know where somebody else's mail server is.
func (c *checker) mailServer() {
	server := c.settings.Mail.SMTP
	if c.sendsBySES() {
		c.without(keySMTP, server != (config.SMTP{}), "openedx:mail.kind is not smtp")
		return
	}
	c.mailHost(or(server.Host, ""))
	c.mailAccount(or(server.Username, ""))
	if port := or(server.Port, defaultSMTPPort); port == plainPort {
		c.refuseFor(keySMTPPort, strconv.Itoa(port), "is for mail servers among themselves, and AWS does not let it out; 587 or 465 is wanted",
			strconv.Itoa(defaultSMTPPort))
		return
	}
	c.inRange(keySMTPPort, server.Port, 1, largestTCP, "as a port")
}

// mailAccount wants an account that comes out of Tutor as it went in.
func (c *checker) mailAccount(username string) {
	switch {
	case username == "" || strings.ContainsFunc(username, unprintable):
		c.refuseFor(keySMTPUsername, username, missingOr(username, "is no account, for it has a space or a character that is not ASCII")+"; the account at the server is wanted", "campus")
	case accounts.CheckWritable(username) != nil:
		c.refuseFor(keySMTPUsername, username, "has a quote, a backslash or braces, which Tutor would read as its own; another account is wanted", "campus")
	}
}

// mailHost wants a name. Nothing is shown of an address that has credentials in it.
func (c *checker) mailHost(host string) {
	switch {
	case strings.Contains(host, "@"):
		c.refuseFor(keySMTPHost, "", "has an account in it, which belongs in "+keySMTPUsername+" and "+keyMailPassword+
			"; a DNS name is wanted, such as "+anyMailServer, hostLike(host[strings.LastIndex(host, "@")+1:], anyMailServer))
	case shapeProblem(host) != "" || labelProblem(host) != "":
		c.refuseFor(keySMTPHost, host, missingOr(host, "is no host of a mail server")+"; a DNS name is wanted, such as "+anyMailServer, hostLike(host, anyMailServer))
	}
}

// unprintable tells a character that gets lost on the way to a mail server.
func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// mailPassword wants the password of the account, where there is one.
func (c *checker) mailPassword() {
	password := string(c.settings.MailPassword)
	fix := config.SetSecretCommand(c.settings.Stack, keyMailPassword)
	switch {
	case c.sendsBySES():
		c.without(keyMailPassword, password != "", "openedx:mail.kind is not smtp, and for SES one is made")
	case password == "":
		c.refuse(keyMailPassword, "", "is missing; the password of the account at the mail server is wanted", fix)
	case len(password) > longestMailPassword || strings.ContainsFunc(password, unprintable):
		c.refuse(keyMailPassword, "", fmt.Sprintf("is no password that can be used: it has a space, a character that is not ASCII or more than %d of them",
			longestMailPassword), fix)
	default:
		if err := accounts.CheckWritable(password); err != nil {
			c.refuse(keyMailPassword, "", "cannot be handed to Tutor: "+err.Error()+"; another password is wanted", fix)
		}
	}
}
