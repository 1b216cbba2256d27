"""
Renews what the catalogue has from the SageMaker SDK: `lmi catalog refresh`.

The package sagemaker-core, as it is installed, is read and never imported; nothing is fetched. Only
`data/sagemaker_sdk.json` is written, so no fact that is kept by hand can be lost.
"""

from lmi.catalog.refresh.comparison import Difference, Moved, difference
from lmi.catalog.refresh.renewal import Refreshed, refresh, renewed
from lmi.catalog.refresh.sdk_files import SdkEntry, installed_sdk, read_sdk

__all__ = [
    "Difference",
    "Moved",
    "Refreshed",
    "SdkEntry",
    "difference",
    "installed_sdk",
    "read_sdk",
    "refresh",
    "renewed",
]
