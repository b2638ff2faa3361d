"""The formats of feeds: pure functions from a Feed to bytes. Nothing else imports feedgen."""
