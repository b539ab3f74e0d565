package tutor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/debian"
	"example.org/openedx/internal/tutor"
)

// reference is how a patch names a setting: the only thing of Jinja that the plugin uses.
var reference = regexp.MustCompile(`\{\{ ([A-Z0-9_]+) \}\}`)

// rendered is a patch as Tutor writes it out.
func rendered(t *testing.T, i tutor.Instance, patch string) string {
	t.Helper()
	text, err := i.Patch(patch)
	if err != nil {
		t.Fatal(err)
	}
	values := parsed(t, i)
	values["DOCKER_IMAGE_OPENEDX"] = "docker.io/overhangio/openedx:22.0.3"
	return reference.ReplaceAllStringFunc(text, func(name string) string {
		value, known := values[reference.FindStringSubmatch(name)[1]]
		if !known {
			t.Errorf("%s: Tutor has no value for %s", patch, name)
		}
		return fmt.Sprint(value)
	})
}

// service are the settings of the LMS or of Studio after Python has run the patches over those of the platform.
func service(t *testing.T, i tutor.Instance, own ...string) map[string]any {
	t.Helper()
	python := debian.Need(t, "python3", "python3-minimal")
	platform, err := os.ReadFile("testdata/platform.py")
	if err != nil {
		t.Fatal(err)
	}
	// What Tutor's template for the LMS does between the two patches.
	between := `PROFILE_IMAGE_BACKEND["options"]["location"] = MEDIA_ROOT + "profile-images/"`
	parts := []string{string(platform), rendered(t, i, "openedx-common-settings"), between}
	for _, patch := range own {
		parts = append(parts, rendered(t, i, patch))
	}
	program := strings.Join(append(parts,
		"import json", `print(json.dumps({name: value for name, value in list(globals().items()) if name.isupper() and name[0] != "_"}))`,
	), "\n")
	run := exec.Command(python, "-I", "-")
	run.Stdin = strings.NewReader(program)
	var problems bytes.Buffer
	run.Stderr = &problems
	output, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	var settings map[string]any
	if err := json.Unmarshal(output, &settings); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return settings
}

// same compares some settings with what they should be, as JSON.
func same(t *testing.T, settings map[string]any, want map[string]string) {
	t.Helper()
	for name, text := range want {
		var wanted any
		if err := json.Unmarshal([]byte(text), &wanted); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(wanted, settings[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEveryStoreIsReachedOverTLSAndItsNameIsLookedAt(t *testing.T) {
	settings := service(t, instance(t, 1), "openedx-lms-common-settings")
	const known = "/etc/ssl/certs/ca-certificates.crt"
	tls := `"charset": "utf8mb4", "ssl": {"ca": "/openedx/authorities/mysql.pem"}, "ssl_mode": "VERIFY_IDENTITY"`
	mongo := `{"host": "mongo.internal", "ssl": true, "replicaSet": "rs0", "tlsCAFile": "/openedx/authorities/mongodb.pem"}`
	same(t, settings, map[string]string{
		"DATABASES": `{
			"default": {
				"ENGINE": "django.db.backends.mysql", "HOST": "sql.internal", "ATOMIC_REQUESTS": true,
				"OPTIONS": {"init_command": "SET sql_mode='STRICT_TRANS_TABLES'", ` + tls + `}
			},
			"read_replica": {"ENGINE": "django.db.backends.mysql", "HOST": "reader.internal", "OPTIONS": {` + tls + `}},
			"other": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}
		}`,
		"DOC_STORE_CONFIG": mongo,
		"CONTENTSTORE":     `{"ENGINE": "xmodule.contentstore.mongo.MongoContentStore", "DOC_STORE_CONFIG": ` + mongo + `}`,
		"MODULESTORE": `{"default": {"OPTIONS": {"stores": [
			{"NAME": "split", "DOC_STORE_CONFIG": ` + mongo + `}, {"NAME": "draft", "DOC_STORE_CONFIG": ` + mongo + `}, {"NAME": "xml"}
		]}}}`,
		// ssl.CERT_REQUIRED is 2.
		"BROKER_USE_SSL": `{"ssl_cert_reqs": 2, "ssl_ca_certs": "` + known + `", "ssl_check_hostname": true}`,
	})
	i := instance(t, 1)
	i.MySQL, i.Mongo = tutor.Authority{}, tutor.Authority{}
	settings = service(t, i)
	if text := fmt.Sprint(settings["DATABASES"], settings["CONTENTSTORE"]); strings.Count(text, known) != 3 || strings.Contains(text, "authorities") {
		t.Errorf("where Debian knows the authorities: %s", text)
	}
}

func TestCachesAreInTheirOwnRedisWhereThereAreTwo(t *testing.T) {
	for redis, where := range map[int]string{1: secret("c") + "@broker.internal:6379/7", 2: secret("d") + "@cache.internal:6380/7"} {
		caches, ok := service(t, instance(t, redis), "openedx-lms-common-settings")["CACHES"].(map[string]any)
		if !ok || len(caches) != 6 {
			t.Fatalf("got %v", caches)
		}
		want := "rediss://default:" + where +
			"?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/etc/ssl/certs/ca-certificates.crt"
		for name, cache := range caches {
			wanted := want
			if name == "staticfiles" {
				wanted = "staticfiles_lms"
			}
			if got := at(cache, "LOCATION"); got != wanted {
				t.Errorf("%d Redis: %s is at %v, want %s", redis, name, got, wanted)
			}
		}
	}
}

func TestFilesAreInTheBucketAndOnlyImagesForEverybodyArePublic(t *testing.T) {
	const s3 = `"storages.backends.s3boto3.S3Boto3Storage"`
	private := func(folder, more string) string {
		return `{"bucket_name": "main-files", "location": "` + folder + `", "querystring_auth": true` + more + `}`
	}
	public := func(folder, more string) string {
		return `{"bucket_name": "main-files", "location": "` + folder + `", "querystring_auth": false, "custom_domain": "learn.example.org"` + more + `}`
	}
	profile := `{"class": ` + s3 + `, "options": ` + public("media/profile-images", `, "file_overwrite": true`) + `}`
	reports := func(folder string) string {
		return `{"STORAGE_TYPE": "", "STORAGE_CLASS": ` + s3 + `, "STORAGE_KWARGS": ` + private(folder, `, "querystring_expire": 300`) + `}`
	}
	settings := service(t, instance(t, 1), "openedx-lms-common-settings")
	same(t, settings, map[string]string{
		"AWS_STORAGE_BUCKET_NAME": `"main-files"`, "AWS_S3_REGION_NAME": `"eu-west-1"`, "AWS_S3_SIGNATURE_VERSION": `"s3v4"`,
		"AWS_S3_ADDRESSING_STYLE": `"virtual"`, "AWS_S3_CUSTOM_DOMAIN": `null`, "AWS_DEFAULT_ACL": `null`, "AWS_QUERYSTRING_AUTH": `true`,
		"AWS_ACCESS_KEY_ID": `null`, "AWS_SECRET_ACCESS_KEY": `null`, "AWS_LOCATION": `"files"`, "AWS_S3_FILE_OVERWRITE": `false`,
		"STORAGES": `{
			"default": {"BACKEND": ` + s3 + `, "OPTIONS": ` + private("files", "") + `},
			"staticfiles": {"BACKEND": "openedx.core.storage.ProductionStorage"}
		}`,
		"ORA2_FILEUPLOAD_BACKEND": `"s3"`, "FILE_UPLOAD_STORAGE_BUCKET_NAME": `"main-files"`, "FILE_UPLOAD_STORAGE_PREFIX": `"submissions_attachments"`,
		"COURSE_IMPORT_EXPORT_STORAGE": s3, "COURSE_IMPORT_EXPORT_BUCKET": `"main-files"`, "USER_TASKS_ARTIFACT_STORAGE": s3,
		"COURSE_METADATA_EXPORT_STORAGE": s3, "COURSE_METADATA_EXPORT_BUCKET": `"main-files"`,
		"GRADES_DOWNLOAD": reports("grades"), "FINANCIAL_REPORTS": reports("financial-reports"),
		"BLOCK_STRUCTURES_SETTINGS": `{"COURSE_PUBLISH_TASK_DELAY": 30, "STORAGE_CLASS": ` + s3 + `, "STORAGE_KWARGS": ` +
			private("block-structures", `, "file_overwrite": true`) + `}`,
		"VIDEO_TRANSCRIPTS_SETTINGS": `{"VIDEO_TRANSCRIPTS_MAX_BYTES": 3145728, "DIRECTORY_PREFIX": "video-transcripts/", "STORAGE_CLASS": ` + s3 +
			`, "STORAGE_KWARGS": ` + private("files", "") + `}`,
		"VIDEO_IMAGE_SETTINGS": `{"VIDEO_IMAGE_MAX_BYTES": 2097152, "DIRECTORY_PREFIX": "video-images/", "STORAGE_CLASS": ` + s3 +
			`, "STORAGE_KWARGS": ` + public("media", "") + `}`,
		"PROFILE_IMAGE_BACKEND": profile,
		"OPENEDX_LEARNING":      `{"MEDIA": {"BACKEND": ` + s3 + `, "OPTIONS": ` + private("openedx-learning", "") + `}, "OTHER": 1}`,
	})
	i := instance(t, 1)
	i.Bucket.PublicHost = ""
	same(t, service(t, i, "openedx-lms-common-settings"), map[string]string{
		"PROFILE_IMAGE_BACKEND": `{"class": ` + s3 + `, "options": ` + private("profile-images", `, "file_overwrite": true`) + `}`,
	})
}

func TestWorkersDoAsManyTasksAtOnceAsTheirPodsAreMadeFor(t *testing.T) {
	same(t, service(t, instance(t, 1)), map[string]string{"CELERYD_CONCURRENCY": `4`})
}

func TestCookiesOfBothServicesGoOverTLSOnly(t *testing.T) {
	same(t, service(t, instance(t, 1)), map[string]string{"SESSION_COOKIE_SECURE": `true`, "CSRF_COOKIE_SECURE": `true`})
}
