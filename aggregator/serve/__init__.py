"""HTTP: the published pages and feeds, with conditional GET.

In: requests, and the output folder. Out: responses. Never does: reading sources, publishing.
"""

from aggregator.serve.app import make_app
from aggregator.serve.server import serve_until_signal

__all__ = ["make_app", "serve_until_signal"]
