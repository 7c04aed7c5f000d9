"""What the sandbox raises on purpose when it cannot start."""


class SandboxError(Exception):
    """The sandbox cannot do what was asked; the message says why and the way out. No traceback is needed."""
