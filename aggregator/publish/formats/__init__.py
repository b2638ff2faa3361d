"""The formats of feeds: pure functions from a Feed to bytes. Only they import feedgen and lxml."""
