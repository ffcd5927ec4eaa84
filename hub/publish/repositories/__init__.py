"""Where releases lie: a folder or the Hub, and how a user names them."""
