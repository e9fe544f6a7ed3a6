"""What a release goes through on its way: replay of what is in flight at the target, audit of what it is made of."""
