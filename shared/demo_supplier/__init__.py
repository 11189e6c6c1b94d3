"""Another party that happens to live in this app: a diamond supplier with its own books.

Only its HTTP API (`http_api.demo_feed`) speaks to it; our side of the trade is `shared.feeds.demo`.
"""
