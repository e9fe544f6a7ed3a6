"""The app's functions; it can be asked for them once only."""

import importlib
from functools import cache
from typing import Any


@cache
def triggers() -> dict[str, dict[str, Any]]:
    """The trigger of each function, by the function's name."""
    app = importlib.import_module("function_app").app
    return {function.get_function_name(): function.get_trigger().get_dict_repr() for function in app.get_functions()}
