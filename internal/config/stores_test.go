package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
)

func TestEveryKeyOfTheStoresReachesItsSetting(t *testing.T) {
	source := good(map[string]string{
		"openedx:data":  `{"backupDays":7,"logDays":30,"backupWindow":"01:00-02:00","maintenanceWindow":"sat:03:00-sat:04:00"}`,
		"openedx:mysql": `{"version":"8.4.mysql_aurora.8.4.8","serverless":true,"bootstrap":"open"}`,
		"openedx:mongo": `{"kind":"atlas","images":{"a":"ami-1"},"atlas":{"project":"p","tier":"M30"},` +
			`"external":{"host":"h","port":1,"replicaSet":"rs0","username":"u","authority":"c"}}`,
		"openedx:cache":        `{"engine":"redis","version":"7.1","split":false,"memcached":true}`,
		"openedx:search":       `{"enabled":true,"version":"OpenSearch_2.19","serviceLinkedRole":"existing"}`,
		"openedx:alarms":       `{"emails":["a@example.org"]}`,
		"openedx:allowReplace": `["search","mysql"]`,
		"openedx:instances":    `{"main":{"slot":0,"lms":"l.example.org"}}`,
		"openedx:overrides": `{"mysql":{"machine":"a","readers":1,"minCapacity":2,"maxCapacity":3},` +
			`"mongo":{"machine":"b","members":4,"volumeGiB":5,"iops":6,"throughputMiBps":7},"cache":{"machine":"c","nodes":8,"snapshotDays":9},` +
			`"broker":{"machine":"d","nodes":10},"memcached":{"machine":"e","nodes":11},"search":{"machine":"f","nodes":12,"masters":13,"storageGiB":14}}`,
	})
	read, problems := config.Read(source)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	want := config.Settings{
		Stack: "dev", Region: "eu-west-1", Cloud: config.AWS, Preset: config.Small, Name: "campus", Domain: "campus.example.org",
		Data: config.Data{
			BackupDays: ptr(7), LogDays: ptr(30), BackupWindow: ptr("01:00-02:00"), MaintenanceWindow: ptr("sat:03:00-sat:04:00"),
		},
		MySQL: config.MySQL{Version: ptr("8.4.mysql_aurora.8.4.8"), Serverless: true, Bootstrap: ptr("open")},
		Mongo: config.Mongo{
			Kind: ptr("atlas"), Images: map[string]string{"a": "ami-1"}, Atlas: config.Atlas{Project: ptr("p"), Tier: ptr("M30")},
			External: config.External{Host: ptr("h"), Port: ptr(1), ReplicaSet: ptr("rs0"), Username: ptr("u"), Authority: ptr("c")},
		},
		Cache:        config.Cache{Engine: ptr("redis"), Version: ptr("7.1"), Split: ptr(false), Memcached: true},
		Search:       config.Search{Enabled: ptr(true), Version: ptr("OpenSearch_2.19"), ServiceLinkedRole: ptr("existing")},
		Alarms:       config.Alarms{Emails: []string{"a@example.org"}},
		AllowReplace: []string{"search", "mysql"},
		Instances:    map[string]config.Instance{"main": {LMS: "l.example.org", Slot: ptr(0)}},
		Overrides: config.Overrides{
			MySQL:     config.MySQLOverride{Machine: ptr("a"), Readers: ptr(1), MinCapacity: ptr(2), MaxCapacity: ptr(3)},
			Mongo:     config.MongoOverride{Machine: ptr("b"), Members: ptr(4), VolumeGiB: ptr(5), IOPS: ptr(6), ThroughputMiBps: ptr(7)},
			Cache:     config.CacheOverride{Machine: ptr("c"), Nodes: ptr(8), SnapshotDays: ptr(9)},
			Broker:    config.BrokerOverride{Machine: ptr("d"), Nodes: ptr(10)},
			Memcached: config.MemcachedOverride{Machine: ptr("e"), Nodes: ptr(11)},
			Search:    config.SearchOverride{Machine: ptr("f"), Nodes: ptr(12), Masters: ptr(13), StorageGiB: ptr(14)},
		},
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
}

func TestTheProjectFilesDefaultsWriteNothingAboutTheStores(t *testing.T) {
	read, problems := config.Read(good(map[string]string{
		"openedx:data": "{}", "openedx:mysql": "{}", "openedx:mongo": "{}", "openedx:mongoPassword": "", "openedx:cache": "{}",
		"openedx:search": "{}", "openedx:alarms": "{}", "openedx:allowReplace": "[]",
	}))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	bare, problems := config.Read(good(nil))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	bare.AllowReplace = []string{}
	if diff := cmp.Diff(bare, read); diff != "" {
		t.Error(diff)
	}
}
