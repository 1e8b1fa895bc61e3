"""A worker in a fresh interpreter: for a service whose requirements contradict the base environment."""

import signal

import _altan

from . import worker


def run(descriptor):
    # The signal set by the zygote before exec still holds; said again for a worker that is started by hand.
    _altan.parent_death_signal(signal.SIGKILL)
    worker.serve(descriptor)
