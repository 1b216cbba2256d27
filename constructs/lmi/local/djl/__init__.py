"""
The local model server: DJL's own Python engine behind an HTTP front like DJL Serving's.

* `install` builds the server for one version of DJL with Maven, `installed` finds it again.
* `install_base_python` makes the Python that model servers share.
* `create_python` makes a throw-away Python for one model.
* `ModelServer` runs one server process for one model store.

What is DJL's and what is not, and every known difference: docs/model-server.md.
"""

from lmi.local.djl.base_python import base_python, install_base_python
from lmi.local.djl.environment import create_python
from lmi.local.djl.install import Installation, install, installed
from lmi.local.djl.process import ModelServer

__all__ = [
    "Installation",
    "ModelServer",
    "base_python",
    "create_python",
    "install",
    "install_base_python",
    "installed",
]
