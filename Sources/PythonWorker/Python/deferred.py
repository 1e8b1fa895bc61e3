"""Leaves a library's pydantic models unbuilt while it is imported; they are built when there is time, or when used.

A library makes many more models than one service uses, and building them is a quarter of the time that its import takes.
This is pydantic's own `defer_build`, for all models of the packages that the zygote imports. A service's own models are
built as always.
"""

SETTING = "defer_build"


class Models:
    """The models that were left unbuilt. As a context manager: leaves those unbuilt that are made inside."""

    def __init__(self):
        self.left = []

    def __enter__(self):
        if defaults := self.defaults():
            defaults[SETTING] = True

    def __exit__(self, *_):
        if defaults := self.defaults():
            defaults[SETTING] = False
            self.left = self.unbuilt()

    @staticmethod
    def defaults():
        """The defaults of every model's configuration; None where this pydantic keeps them elsewhere."""
        try:
            from pydantic._internal._config import config_defaults
        except ImportError:
            return None
        return config_defaults if SETTING in config_defaults else None

    @staticmethod
    def unbuilt():
        """Base classes come before those derived from them."""
        from pydantic import BaseModel

        found, models = [], [BaseModel]
        for model in models:
            models += model.__subclasses__()
            if model is not BaseModel and not model.__dict__.get("__pydantic_complete__", True):
                found.append(model)
        return found[::-1]

    def complete_one(self):
        model = self.left.pop()
        try:
            # Does nothing for one that was built meanwhile, as part of another or because it was used.
            model.model_rebuild(raise_errors=False)
        except Exception:
            pass  # Whoever uses it gets the error.
