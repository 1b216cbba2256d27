"""
The embedded AWS: moto in this process, mended where a CDK deployment of SageMaker endpoints needs
it, on loopback.

Importing this package fixes moto's account, because moto reads MOTO_ACCOUNT_ID once, at its own
import (moto 5.2.5: core/models.py); so nothing in the process may import moto before it.
"""

import os

from lmi.local.state import ACCOUNT

__all__ = ["ACCOUNT"]

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
# Without this, any web page that the user opens may read the embedded AWS across origins.
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
# The CDK's bootstrap attaches policies of AWS's own, such as ReadOnlyAccess, to its roles.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
