"""How work comes in: one blueprint a channel."""
