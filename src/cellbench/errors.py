"""The one exception that the user, not the developer, has to act on."""


class InputError(Exception):
    """Something given from outside is wrong; its text names the place and says what was expected."""
