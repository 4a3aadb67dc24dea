"""The Pages Router's API routes, ``pages/api/**.py``: what their handlers are given, and how they answer with it.

- ``config`` reads a file's ``config``;
- ``body`` makes ``req.body`` of a request's bytes;
- ``request`` is ``req``;
- ``response`` is ``res``, and ``outbox`` what ``res.write`` fills;
- ``exchange`` is what ``res`` asks of the server, which is not known here (see ``runtime/api_routes.py``).

Which file answers at which path is ``routing/reading.py``'s to say. Import from these modules directly.
"""
