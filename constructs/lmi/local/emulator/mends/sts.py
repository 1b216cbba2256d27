"""Mends of STS."""

from typing import Any

from moto.core.exceptions import AccessDeniedError
from moto.sts.models import STSBackend

from lmi.local.emulator import ACCOUNT

from .patch import replace

_assume_role = STSBackend.assume_role


def apply() -> None:
    """Apply every mend of this module."""
    replace(STSBackend, "assume_role", refuse_other_accounts)


def refuse_other_accounts(backend: STSBackend, *args: Any, **kwargs: Any) -> object:
    """
    Let only roles of the embedded AWS's own account be assumed.

    Defect: any role of any account can be assumed, and from then on moto works in that account
    (sts/models.py), so a stack of a real account would seem to deploy.
    """
    role_arn = str(kwargs["role_arn"])
    if role_arn.split(":")[4] != ACCOUNT:
        raise AccessDeniedError(
            user_arn=f"arn:aws:iam::{ACCOUNT}:user/moto",
            action=f"sts:AssumeRole on resource: {role_arn} "
            f"(the embedded AWS has one account, {ACCOUNT})",
        )
    return _assume_role(backend, *args, **kwargs)
