"""The ports implemented with Azure SDKs, Redis, SQLite and HTTP."""
