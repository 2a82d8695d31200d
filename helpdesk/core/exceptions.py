"""Reports of unexpected errors that show the place and never the data."""

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter


class BareExceptionReporter(ExceptionReporter):
    """Type and place of the error; no local variables, no request data, even under DEBUG."""

    def get_traceback_data(self) -> dict[str, object]:
        return {
            "exception_type": self.exc_type.__name__ if self.exc_type else "",
            "frames": [],
            "request_meta": {},
            "filtered_POST_items": [],
        }

    def get_traceback_html(self) -> SafeString:
        return SafeString("<!doctype html><title>Error</title><h1>An unexpected error</h1><p>The log names its place.</p>")

    def get_traceback_text(self) -> SafeString:
        return SafeString("An unexpected error; the log names its place.\n")
