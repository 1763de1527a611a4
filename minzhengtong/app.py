"""The only place that wires the house: the platform and the mini-apps behind one WSGI callable. No routes."""

from minzhengtong.core.runtime import Runtime
from minzhengtong.web.platform import create_platform


def create_app(runtime: Runtime):
    return create_platform(runtime)
