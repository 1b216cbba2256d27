"""
What moto 5.2.5 lacks, or does otherwise than AWS, for bootstrap, diff, deploy, roll-back, delete
and invoke.

Each mend is one small function whose docstring names the defect and moto's source file; `apply`
runs them all, once. What CloudFormation needs beyond mends is the package
`lmi.local.emulator.cloudformation`.
"""

import functools
import importlib


@functools.cache
def apply() -> None:
    """
    Mend the moto of this process. A second call does nothing.

    Raises:
        RuntimeError: something that a mend replaces is not there, so this is not moto 5.2.5.
    """
    names = (
        "cloudformation",
        "cloudtrail",
        "parameters",
        "s3",
        "sagemaker",
        "sts",
        "values",
    )
    for name in names:
        importlib.import_module(f"{__name__}.{name}").apply()
    importlib.import_module("lmi.local.emulator.resources").apply()
    importlib.import_module("lmi.local.emulator.refusals").apply()
