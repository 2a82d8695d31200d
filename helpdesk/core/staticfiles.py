from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Static files under hashed names, module imports included, so that they can be cached for good."""

    support_js_module_import_aggregation = True
