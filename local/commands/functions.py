"""`./opus functions`: what Azure must list after a deployment."""

import function_app


def functions() -> None:
    """List the functions of the app by name, one on a line."""
    for each in function_app.app.get_functions():
        print(each.get_function_name())
