"""How good the desk is, measured against labelled cases."""
