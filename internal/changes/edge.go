package changes

import (
	"fmt"
	"strings"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// What changes around the cluster do.
const (
	older      = "what is older is deleted"
	cdnMoves   = "names follow within minutes; distributions take a quarter of an hour to come or go"
	sessions   = "sessions on it end"
	metrics    = "Prometheus and Alertmanager restart; with one of each, minutes have no metrics"
	claims     = "volumes of Prometheus that are there keep their size until somebody lets them grow (docs/operations.md)"
	unguarded  = "whether what holds data can be deleted changes"
	mailHand   = "mail goes another way; " + handOver
	imagesGone = "images beyond that are deleted"
)

// edgeFacts are about what is around the cluster and the stores.
var edgeFacts = []fact{
	{name: "backups", topic: "backups", say: func(p plan.Plan) string { return "kept " + count(p.Stores.BackupDays, "day") }, then: fewer(older)},
	{name: "backupCopies", topic: "backups", say: backupCopies},
	{name: "backupMonthly", topic: "backups", say: func(p plan.Plan) string {
		months := p.Edge.Backup.MonthlyMonths
		return choice(months > 0, "monthly ones for "+count(months, "month"), "no monthly ones")
	}},
	{name: "backupTests", topic: "backups", say: func(p plan.Plan) string {
		return choice(p.Edge.Backup.RestoreTests, "restored every week as a test", "no restore tests")
	}},
	{name: "backupLock", topic: "backups", say: func(p plan.Plan) string { return "lock " + string(p.Edge.Backup.Lock) }},
	{name: "windows", topic: "backups", say: func(p plan.Plan) string {
		return fmt.Sprintf("at %s, maintenance at %s", p.Stores.BackupWindow, p.Stores.MaintenanceWindow)
	}},

	{name: "logDays", topic: "days of logs", say: logDays},
	{name: "uploads", topic: "uploads", say: func(p plan.Plan) string {
		s := p.Edge.Storage
		return fmt.Sprintf("overwritten ones kept %s, %s, tracking logs archived after %s", count(s.NoncurrentDays, "day"),
			choice(s.ColdDays > 0, "cheaper storage after "+count(s.ColdDays, "day"), "never in cheaper storage"), count(s.TrackingArchiveDays, "day"))
	}},
	{name: "images", topic: "images", say: func(p plan.Plan) string {
		return fmt.Sprintf("%d of each, %s", p.Edge.Registry.Images, strings.Join(p.Edge.Registry.Repositories, ", "))
	}, then: fewer(imagesGone)},

	{name: "cdn", topic: "CDN", say: func(p plan.Plan) string {
		return choice(p.Edge.CDN.Enabled, "CloudFront", "none")
	}, then: does(cdnMoves)},
	{name: "cdnClass", topic: "CDN", say: func(p plan.Plan) string {
		return choice(p.Edge.CDN.Enabled, fmt.Sprintf("%s, %d seconds for an answer", p.Edge.CDN.PriceClass, p.Edge.CDN.OriginSeconds), "")
	}},
	{name: "firewall", topic: "firewall", say: func(p plan.Plan) string {
		f := p.Edge.Firewall
		return fmt.Sprintf("%d requests, %d log-ins per address, %s", f.Rate, f.LogInRate, choice(f.Count, "only counts", "refuses"))
	}},
	{name: "mail", topic: "mail", say: mail, then: does(mailHand)},
	{name: "bastion", topic: "bastion", say: func(p plan.Plan) string {
		return choice(p.Edge.Bastion.Enabled, p.Edge.Bastion.Machine, "")
	}, then: bastion},

	{name: "addOns", topic: "add-ons", say: addOns},
	{name: "addOnReplicas", topic: "add-ons", say: func(p plan.Plan) string { return fmt.Sprintf("%d of each", p.AddOns.Replicas) }},
	{name: "monitoring", topic: "monitoring", say: monitored(func(m plan.Monitoring) string {
		return fmt.Sprintf("%d Prometheus of %dm and %d MiB, metrics for %s", m.Replicas, m.CPU, m.Memory, count(m.RetentionDays, "day"))
	}), then: restarts(metrics)},
	{name: "monitoringVolume", topic: "monitoring", say: monitored(func(m plan.Monitoring) string {
		return fmt.Sprintf("volumes of %d GiB", m.VolumeGiB)
	}), then: func(c change) effect {
		if c.was == "" || c.is == "" {
			return effect{}
		}
		return effect{says: claims}
	}},

	{name: "alarms", topic: "alarms", say: func(p plan.Plan) string {
		a := p.Stores.Alarms
		return fmt.Sprintf("after %s, CPU %d %%, free memory %d %%, storage %d %%, connections %d %%, %d seconds behind",
			count(a.Minutes, "minute"), a.CPU, a.FreeMemory, a.UsedStorage, a.Connections, a.LagSeconds)
	}},
	{name: "budget", topic: "budget", say: func(p plan.Plan) string {
		c := p.Edge.Costs
		return fmt.Sprintf("USD %d a month, of the %s, alarm above USD %d a day", c.Budget, c.Scope, c.Anomaly)
	}},
	{name: "audit", topic: "audit", say: func(p plan.Plan) string {
		return choice(p.Edge.Audit.Trail, "CloudTrail", "no CloudTrail") + ", " + choice(p.Edge.Audit.GuardDuty, "GuardDuty", "no GuardDuty")
	}},
	{name: "protection", topic: "protection", say: func(p plan.Plan) string {
		return choice(p.Protect, "what holds data is protected", "disposable")
	}, then: does(unguarded)},
}

// fewer is an effect of a number that becomes less.
func fewer(says string) func(change) effect {
	return func(c change) effect {
		if number(strings.TrimPrefix(c.is, "kept ")) >= number(strings.TrimPrefix(c.was, "kept ")) {
			return effect{}
		}
		return effect{says: says}
	}
}

// backupCopies says where copies of backups are.
func backupCopies(p plan.Plan) string {
	b := p.Edge.Backup
	if b.Copy == config.CopyNever {
		return "no copies elsewhere"
	}
	return fmt.Sprintf("%s copies in %s for %s", b.Copy, b.CopyRegion, count(b.CopyDays, "day"))
}

// logDays says how long each kind of log is kept.
func logDays(p plan.Plan) string {
	all := []struct {
		what string
		days int
	}{
		{"stores", p.Stores.LogDays},
		{"control plane", p.Cluster.LogDays},
		{"network", p.Network.FlowLogDays},
		{"containers", p.Monitoring.LogDays},
		{"firewall", p.Edge.Firewall.LogDays},
		{"access", p.Edge.Storage.LogDays},
		{"sessions", p.Edge.Bastion.LogDays},
	}
	texts := make([]string, len(all))
	for i, kind := range all {
		texts[i] = fmt.Sprintf("%s %d", kind.what, kind.days)
	}
	return strings.Join(texts, ", ")
}

// mail says who sends it.
func mail(p plan.Plan) string {
	m := p.Edge.Mail
	if m.Kind == config.MailSMTP {
		return fmt.Sprintf("by %s:%d", m.SMTP.Host, m.SMTP.Port)
	}
	return "by SES"
}

// bastion is stopped for another machine, as any is.
func bastion(c change) effect {
	return effect{says: choice(c.was == "", "", sessions), stops: c.was != ""}
}

// addOns lists those that are on.
func addOns(p plan.Plan) string {
	var on []string
	for _, addOn := range []struct {
		name string
		on   bool
	}{
		{"KEDA", p.AddOns.KEDA},
		{"cert-manager", p.AddOns.CertManager},
		{"External Secrets", p.AddOns.ExternalSecrets},
		{"external-dns", p.AddOns.ExternalDNS},
		{"snapshots", p.AddOns.Snapshots},
		{"monitoring", p.AddOns.Monitoring},
		{"logs", p.AddOns.Logs},
		{"code jail", p.AddOns.CodeJail},
	} {
		if addOn.on {
			on = append(on, addOn.name)
		}
	}
	return strings.Join(on, ", ")
}

// monitored is for what monitoring has where it is on.
func monitored(say func(plan.Monitoring) string) func(plan.Plan) string {
	return func(p plan.Plan) string {
		if !p.AddOns.Monitoring {
			return ""
		}
		return say(p.Monitoring)
	}
}
