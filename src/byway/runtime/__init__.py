"""One request's way through an app: work context, pipeline, dispatch, ``after``, errors; and how an app is loaded."""
