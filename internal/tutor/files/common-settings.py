# What config.yml has no keys for. _cloud, above, holds what is known of the cloud; secrets come out of config.yml.
import ssl

# The authorities that Debian knows, Amazon's among them.
_known = "/etc/ssl/certs/ca-certificates.crt"


# MySQL. Without a character set, emoji are lost; without a mode, the server's name is not looked at.
for _database in DATABASES.values():
    if _database["ENGINE"].endswith(".mysql"):
        _database.setdefault("OPTIONS", {}).update(
            charset="utf8mb4", ssl={"ca": _cloud["mysql_authority"] or _known}, ssl_mode="VERIFY_IDENTITY"
        )

# MongoDB. Each store of courses has had a copy of the parameters by now.
_documents = [DOC_STORE_CONFIG, CONTENTSTORE["DOC_STORE_CONFIG"], globals().get("FORUM_MONGODB_CLIENT_PARAMETERS")]
_documents += [_store.get("DOC_STORE_CONFIG") for _store in MODULESTORE["default"]["OPTIONS"]["stores"]]
for _parameters in _documents:
    if _parameters is not None:
        _parameters["tlsCAFile"] = _cloud["mongodb_authority"] or _known

# Redis: Celery's queues, and the caches, which may be elsewhere.
BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": _known, "ssl_check_hostname": True}
# Celery by itself starts a process for each core of the node, whatever the pod may use of it.
CELERYD_CONCURRENCY = _cloud["children"]
_redis = (
    "rediss://{{ CLOUD_CACHE_REDIS_USERNAME }}:{{ CLOUD_CACHE_REDIS_PASSWORD }}"
    "@{{ CLOUD_CACHE_REDIS_HOST }}:{{ CLOUD_CACHE_REDIS_PORT }}/{{ OPENEDX_CACHE_REDIS_DB }}"
    "?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=" + _known
)
for _cache in CACHES.values():
    if str(_cache.get("LOCATION", "")).startswith("redis"):
        _cache["LOCATION"] = _redis

# Files. Pods have a role, and no key; the bucket knows no access lists; nothing is public but what is below one prefix.
_s3 = "storages.backends.s3boto3.S3Boto3Storage"
AWS_ACCESS_KEY_ID = None
AWS_SECRET_ACCESS_KEY = None
AWS_STORAGE_BUCKET_NAME = _cloud["bucket"]
AWS_S3_REGION_NAME = _cloud["region"]
AWS_S3_SIGNATURE_VERSION = "s3v4"
AWS_S3_ADDRESSING_STYLE = "virtual"
AWS_S3_CUSTOM_DOMAIN = None
AWS_DEFAULT_ACL = None
AWS_QUERYSTRING_AUTH = True
AWS_QUERYSTRING_EXPIRE = 3600
AWS_S3_FILE_OVERWRITE = False
AWS_LOCATION = "files"


def _private(folder, **options):
    return {"bucket_name": _cloud["bucket"], "location": folder, "querystring_auth": True, **options}


def _public(folder, **options):
    if not _cloud["public_host"]:
        return _private(folder, **options)
    location = "/".join(part for part in (_cloud["public_prefix"], folder) if part)
    return _private(location, **{"querystring_auth": False, "custom_domain": _cloud["public_host"], **options})


STORAGES["default"] = {"BACKEND": _s3, "OPTIONS": _private(AWS_LOCATION)}
COURSE_IMPORT_EXPORT_BUCKET = _cloud["bucket"]
COURSE_METADATA_EXPORT_BUCKET = _cloud["bucket"]
COURSE_IMPORT_EXPORT_STORAGE = _s3
COURSE_METADATA_EXPORT_STORAGE = _s3
USER_TASKS_ARTIFACT_STORAGE = _s3
GRADES_DOWNLOAD = {
    "STORAGE_TYPE": "", "STORAGE_CLASS": _s3, "STORAGE_KWARGS": _private("grades", querystring_expire=300)
}
FINANCIAL_REPORTS = {
    "STORAGE_TYPE": "", "STORAGE_CLASS": _s3, "STORAGE_KWARGS": _private("financial-reports", querystring_expire=300)
}
BLOCK_STRUCTURES_SETTINGS.update(STORAGE_CLASS=_s3, STORAGE_KWARGS=_private("block-structures", file_overwrite=True))
VIDEO_TRANSCRIPTS_SETTINGS.update(STORAGE_CLASS=_s3, STORAGE_KWARGS=_private(AWS_LOCATION))
VIDEO_IMAGE_SETTINGS.update(STORAGE_CLASS=_s3, STORAGE_KWARGS=_public(""))
PROFILE_IMAGE_BACKEND = {"class": _s3, "options": _public("profile-images", file_overwrite=True)}
OPENEDX_LEARNING = {
    **globals().get("OPENEDX_LEARNING", {}), "MEDIA": {"BACKEND": _s3, "OPTIONS": _private("openedx-learning")}
}

# Open response assessments have a client of their own, which takes the region from the environment.
ORA2_FILEUPLOAD_BACKEND = "s3"
FILE_UPLOAD_STORAGE_BUCKET_NAME = _cloud["bucket"]
FILE_UPLOAD_STORAGE_PREFIX = "submissions_attachments"

# Browsers come over TLS only; Tutor says so for the LMS.
# https://github.com/overhangio/tutor/issues/1409
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
