package tutor

import (
	"fmt"
	"slices"
	"strconv"
)

// kind is what Tutor expects a setting to be.
type kind string

const (
	text   kind = "text"
	number kind = "number"
	toggle kind = "switch"
	names  kind = "names"
)

// setting is a key of config.yml.
type setting struct {
	kind kind
	// needed says that an instance with its stores outside of the cluster does not work without.
	needed bool
}

// known are the keys that Tutor 21 and 22 and its plugin for micro-frontends have and that matter here: those of
// tutor/templates/config/base.yml and defaults.yml (https://github.com/overhangio/tutor), and of tutormfe/plugin.py
// (https://github.com/overhangio/tutor-mfe).
var known = map[string]setting{
	// What base.yml draws by lot.
	"ID":                      {text, true},
	"OPENEDX_SECRET_KEY":      {text, true},
	"CMS_OAUTH2_SECRET":       {text, true},
	"JWT_RSA_PRIVATE_KEY":     {text, true},
	"MEILISEARCH_MASTER_KEY":  {text, true},
	"MEILISEARCH_API_KEY_UID": {text, true},
	"MEILISEARCH_API_KEY":     {text, true},
	"MYSQL_ROOT_PASSWORD":     {text, true},
	"OPENEDX_MYSQL_PASSWORD":  {text, true},
	"PLUGINS":                 {names, true},

	// Where it is.
	"LMS_HOST":         {text, true},
	"CMS_HOST":         {text, true},
	"MFE_HOST":         {text, true},
	"CONTACT_EMAIL":    {text, true},
	"ENABLE_HTTPS":     {toggle, true},
	"ENABLE_WEB_PROXY": {toggle, true},
	"K8S_NAMESPACE":    {text, true},

	// MySQL.
	"RUN_MYSQL":              {toggle, true},
	"MYSQL_HOST":             {text, true},
	"MYSQL_PORT":             {number, true},
	"MYSQL_ROOT_USERNAME":    {text, true},
	"OPENEDX_MYSQL_DATABASE": {text, true},
	"OPENEDX_MYSQL_USERNAME": {text, true},

	// MongoDB.
	"RUN_MONGODB":            {toggle, true},
	"MONGODB_HOST":           {text, true},
	"MONGODB_PORT":           {number, true},
	"MONGODB_DATABASE":       {text, true},
	"MONGODB_USERNAME":       {text, true},
	"MONGODB_PASSWORD":       {text, true},
	"MONGODB_REPLICA_SET":    {text, true},
	"MONGODB_USE_SSL":        {toggle, true},
	"MONGODB_AUTH_SOURCE":    {text, true},
	"MONGODB_AUTH_MECHANISM": {text, false},

	// Redis.
	"RUN_REDIS":               {toggle, true},
	"REDIS_HOST":              {text, true},
	"REDIS_PORT":              {number, true},
	"REDIS_USERNAME":          {text, true},
	"REDIS_PASSWORD":          {text, true},
	"OPENEDX_CELERY_REDIS_DB": {number, true},
	"OPENEDX_CACHE_REDIS_DB":  {number, true},

	// Meilisearch, which is Tutor's own.
	"RUN_MEILISEARCH":          {toggle, true},
	"MEILISEARCH_HOST":         {text, true},
	"MEILISEARCH_URL":          {text, true},
	"MEILISEARCH_PUBLIC_URL":   {text, true},
	"MEILISEARCH_INDEX_PREFIX": {text, true},

	// Mail.
	"RUN_SMTP":      {toggle, true},
	"SMTP_HOST":     {text, true},
	"SMTP_PORT":     {number, true},
	"SMTP_USERNAME": {text, true},
	"SMTP_PASSWORD": {text, true},
	"SMTP_USE_TLS":  {toggle, true},
	"SMTP_USE_SSL":  {toggle, true},

	// Files: a role, and no key.
	"OPENEDX_AWS_ACCESS_KEY":        {text, true},
	"OPENEDX_AWS_SECRET_ACCESS_KEY": {text, true},

	"OPENEDX_LMS_UWSGI_WORKERS": {number, true},
	"OPENEDX_CMS_UWSGI_WORKERS": {number, true},
}

// value writes a text as what Tutor expects of the key.
func value(key, written string) (any, error) {
	as, ok := known[key]
	if !ok {
		as, ok = declared[key]
	}
	if !ok {
		return nil, fmt.Errorf("tutor has no setting %s", key)
	}
	switch as.kind {
	case number:
		read, err := strconv.Atoi(written)
		if err != nil {
			return nil, fmt.Errorf("setting %s is no number", key)
		}
		return read, nil
	case toggle:
		read, err := strconv.ParseBool(written)
		if err != nil {
			return nil, fmt.Errorf("setting %s is neither true nor false", key)
		}
		return read, nil
	case names:
		return nil, fmt.Errorf("setting %s is a list", key)
	case text:
	}
	return written, nil
}

// Keys lists the keys of config.yml that an instance needs, and all that Tutor and the plugin know, both sorted.
func Keys() (needed, all []string) {
	for _, some := range []map[string]setting{known, declared} {
		for key, as := range some {
			all = append(all, key)
			if as.needed {
				needed = append(needed, key)
			}
		}
	}
	slices.Sort(needed)
	slices.Sort(all)
	return needed, all
}
