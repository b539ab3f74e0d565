package main

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/versions"
)

// line is a line of the presets' table: what a preset has of something.
type line struct {
	title string
	cell  func(plan.Sizing) string
}

// firstQuestions are what those ask first who see the project for the first time.
func firstQuestions() []line {
	mysql, _, _ := strings.Cut(versions.DefaultMySQL, ".mysql")
	return []line{
		{"learners at the same time", func(s plan.Sizing) string { return s.Learners.String() }},
		{"student population", func(s plan.Sizing) string { return s.Population.String() }},
		{"nodes", func(s plan.Sizing) string { return fmt.Sprintf("%d to %d %s", s.NodesMin, s.NodesMax, s.Nodes.AWS) }},
		{"LMS pods of one instance", func(s plan.Sizing) string { return fmt.Sprintf("%d to %d", s.LMSMin, s.LMSMax) }},
		{"MySQL (Aurora " + mysql + ")", mysqlCell},
		{"MongoDB", func(s plan.Sizing) string { return fmt.Sprintf("%d members, %s", s.MongoMembers, s.Mongo.AWS) }},
		{"Redis (Valkey)", redisCell},
		{"OpenSearch", searchCell},
		{"backups of MySQL and MongoDB", func(s plan.Sizing) string { return fmt.Sprintf("%d days", s.BackupDays) }},
		{"copies in another region", func(s plan.Sizing) string { return string(s.Copy) }},
		{"most that is lost", func(s plan.Sizing) string { return s.RPO }},
		{"time to be back", func(s plan.Sizing) string { return s.RTO }},
		{"NAT gateways", func(s plan.Sizing) string { return full(s.NAT) }},
		{"AWS services reached without NAT", func(s plan.Sizing) string { return fmt.Sprint(1 + len(s.Endpoints)) }},
	}
}

// presetFigures is the table of the presets.
func presetFigures() (string, error) {
	var table strings.Builder
	table.WriteString("\n| | small | medium | large |\n| --- | --- | --- | --- |\n")
	for _, l := range firstQuestions() {
		table.WriteString("| " + l.title)
		for _, sizing := range sizings() {
			table.WriteString(" | " + l.cell(sizing))
		}
		table.WriteString(" |\n")
	}
	return table.String(), nil
}

func mysqlCell(s plan.Sizing) string {
	return fmt.Sprintf("%s, %s", s.MySQL.AWS, counted(s.MySQLReaders, "reader"))
}

func redisCell(s plan.Sizing) string {
	cache := fmt.Sprintf("%s of %s", counted(s.CacheNodes, "node"), s.Cache.AWS)
	if !s.CacheSplit {
		return cache
	}
	return fmt.Sprintf("%s; for queues %d of %s", cache, s.BrokerNodes, s.Broker.AWS)
}

func searchCell(s plan.Sizing) string {
	switch {
	case !s.SearchEnabled:
		return "by choice"
	case s.SearchMasters == 0:
		return counted(s.SearchNodes, "node")
	default:
		return fmt.Sprintf("%s, %s", counted(s.SearchNodes, "node"), counted(s.SearchMasters, "master"))
	}
}

// counted is a number of things.
func counted(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	default:
		return fmt.Sprintf("%d %ss", n, thing)
	}
}

// quotaFigures is what a new account has too little of.
func quotaFigures() (string, error) {
	english := message.NewPrinter(language.English)
	parts := make([]string, 0, len(config.Presets()))
	for _, preset := range config.Presets() {
		p, err := planOf(preset)
		if err != nil {
			return "", err
		}
		addresses := 1
		if p.Network.NATPerZone {
			addresses = len(p.Network.Zones)
		}
		nodes := p.Cluster.Nodes
		parts = append(parts, english.Sprintf("%s uses %d of the addresses and %d to %d vCPUs", preset, addresses, nodes.Min*nodes.CPUs, nodes.Max*nodes.CPUs))
	}
	return strings.Join(parts, "; "), nil
}
