"""The HTTP server: pages, feeds (published and on demand), search, status, admin, WebSub callbacks.

In: requests, and a Service (the daemon, or the store alone). Out: responses.
Never does: polling, merging, publishing.
"""

from aggregator.serve.application import make_app
from aggregator.serve.server import serve_until_signal
from aggregator.serve.service import Service

__all__ = ["Service", "make_app", "serve_until_signal"]
