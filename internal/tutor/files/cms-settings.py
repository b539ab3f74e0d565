CELERYD_CONCURRENCY = _cloud["cms_concurrency"]
