"""A local host that runs a Python Azure Functions app without Azure Functions Core Tools."""
