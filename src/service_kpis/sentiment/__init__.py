"""Sentiment of texts that came without a score; needs the optional extra `text`."""
