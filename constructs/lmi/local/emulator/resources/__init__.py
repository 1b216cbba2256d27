"""
Resource types that moto 5.2.5 lacks, or cannot create, update or delete as CloudFormation does.

Each is a class that calls the API of its service; its docstring names moto's defect. Importing the
module of a class registers it with moto's CloudFormation, in the place of moto's own model.
"""

import functools
import importlib

from moto.cloudformation import parsing


@functools.cache
def apply() -> None:
    """
    Register the resource types, and mend the APIs that they call. A second call does nothing.

    Raises:
        RuntimeError: something that a mend replaces is not there, so this is not moto 5.2.5.
    """
    for name in (
        "autoscaling",
        "cloudwatch",
        "iam",
        "iam_policies",
        "kms",
        "logs",
        "s3",
        "sns",
        "ssm",
    ):
        importlib.import_module(f"{__name__}.{name}")
    for name in ("cloudwatch", "logs", "scaling_rules"):
        importlib.import_module(f"{__name__}.{name}").apply()
    for remembered in (
        parsing.get_model_list,
        parsing.get_model_map,
        parsing.get_name_type_map,
    ):
        remembered.cache_clear()
