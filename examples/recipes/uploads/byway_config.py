"""The whole body, form fields included: a little more than the largest file."""

from byway import Config

config = Config(max_body_size="6mb", max_form_parts=10, upload_spool_size="256kb")
