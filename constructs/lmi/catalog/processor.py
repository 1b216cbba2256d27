"""The rule that every LMI image is built for x86-64, in one place."""

from lmi.catalog.hosting_instance import InstanceType


def why_no_image_runs(instance_type: InstanceType) -> str | None:
    """
    Return why no LMI image runs on *instance_type*; None: they do.

    Docker says linux/amd64 of them, https://github.com/deepjavalibrary/djl-serving/issues/2912, and
    deepjavalibrary/djl-serving: serving/docker/lmi-container-requirements.txt installs wheels for
    linux_x86_64 alone.
    """
    if instance_type.architecture == "x86_64":
        return None
    return (
        f"instance type {instance_type.name!r} has an Arm processor (Graviton), and every LMI "
        "image is built for x86-64"
    )
