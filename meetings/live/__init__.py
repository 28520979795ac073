"""Meetings recorded live from a browser: the protocol, the durable writer, captions while people speak. See docs/live-protocol.md."""
