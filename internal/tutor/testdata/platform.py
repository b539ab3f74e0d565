# The settings that Open edX and Tutor have made by the time that the patches are read, as far as those touch them.
import copy

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql", "HOST": "sql.internal", "ATOMIC_REQUESTS": True,
        "OPTIONS": {"init_command": "SET sql_mode='STRICT_TRANS_TABLES'"},
    },
    "read_replica": {"ENGINE": "django.db.backends.mysql", "HOST": "reader.internal"},
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"},
}
mongodb_parameters = {"host": "mongo.internal", "ssl": True, "replicaSet": "rs0"}
DOC_STORE_CONFIG = mongodb_parameters
CONTENTSTORE = {"ENGINE": "xmodule.contentstore.mongo.MongoContentStore", "DOC_STORE_CONFIG": DOC_STORE_CONFIG}
MODULESTORE = {
    "default": {
        "OPTIONS": {
            "stores": [
                {"NAME": "split", "DOC_STORE_CONFIG": copy.copy(mongodb_parameters)},
                {"NAME": "draft", "DOC_STORE_CONFIG": copy.copy(mongodb_parameters)},
                {"NAME": "xml"},
            ]
        }
    }
}
CACHES = {
    name: {"KEY_PREFIX": name, "BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://default:x@broker.internal:6379/7"}
    for name in ("default", "general", "celery", "course_structure_cache", "ora2-storage")
}
CACHES["staticfiles"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "staticfiles_lms"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "openedx.core.storage.ProductionStorage"},
}
MEDIA_ROOT = "/openedx/media/"
AWS_STORAGE_BUCKET_NAME = "SET-ME-PLEASE"
AWS_S3_CUSTOM_DOMAIN = "SET-ME-PLEASE"
VIDEO_IMAGE_SETTINGS = {
    "VIDEO_IMAGE_MAX_BYTES": 2097152, "DIRECTORY_PREFIX": "video-images/",
    "STORAGE_KWARGS": {"location": MEDIA_ROOT, "base_url": "/media/"},
}
VIDEO_TRANSCRIPTS_SETTINGS = {
    "VIDEO_TRANSCRIPTS_MAX_BYTES": 3145728, "DIRECTORY_PREFIX": "video-transcripts/",
    "STORAGE_KWARGS": {"location": MEDIA_ROOT, "base_url": "/media/"},
}
BLOCK_STRUCTURES_SETTINGS = {"COURSE_PUBLISH_TASK_DELAY": 30}
GRADES_DOWNLOAD = {"STORAGE_TYPE": "", "STORAGE_KWARGS": {"base_url": "/media/grades/", "location": "/openedx/media/grades"}}
FINANCIAL_REPORTS = {"STORAGE_TYPE": "localfs", "BUCKET": None, "ROOT_PATH": "sandbox"}
PROFILE_IMAGE_BACKEND = {"class": "openedx.core.storage.OverwriteStorage", "options": {"location": MEDIA_ROOT, "base_url": "/media/"}}
ORA2_FILEUPLOAD_BACKEND = "filesystem"
FILE_UPLOAD_STORAGE_BUCKET_NAME = "openedxuploads"
OPENEDX_LEARNING = {
    "MEDIA": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "/openedx/media-private"}},
    "OTHER": 1,
}
