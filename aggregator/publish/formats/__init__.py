"""The formats of a feed: value in, bytes out; pure, and the only doors to feedgen and lxml."""
