"""What the endpoint serves: a model's folder, as a tarball among the assets of the app."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Self

import aws_cdk as cdk
from constructs import Construct

from cdk_lmi.image import LmiImage
from lmi.errors import ArtifactError, ConfigError

if TYPE_CHECKING:
    from lmi.artifact import Artifact, Draft

BUNDLES = Path(".lmi", "bundles")
"""Where tarballs are kept between runs, below the working directory. Safe to delete."""

FORMAT_VERSION = 1
"""Raised when the bundler compresses otherwise, so that the same content is uploaded anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedArtifact:
    """A tarball as one stack uploads it. Names and addresses may hold tokens."""

    bucket_name: str
    """The bucket for assets of the stack's bootstrap."""
    object_key: str
    """Ends in ``.tar.gz``, as SageMaker's CreateModel documents ModelDataUrl."""
    s3_url: str
    """``s3://BUCKET/KEY``"""
    digest: str
    """What the key is made of: 64 hexadecimal digits."""


class ModelArtifact:
    """
    A model's folder with its overrides. Immutable; one object can serve any number of stacks.

    Its identity is its content: the object's key derives from the uncompressed tarball, so the same
    content is the same object wherever and whenever it was bundled, and any other content is a new
    one, which makes CloudFormation replace the model.
    """

    def __init__(self, artifact: "Artifact") -> None:
        self._artifact = artifact
        self.image = LmiImage(artifact.image)
        """The image that the artifact was made for."""

    @classmethod
    def from_directory(
        cls, path: str | Path, *, options: Mapping[str, str | None] | None = None
    ) -> Self:
        """
        Return the artifact in the folder *path*.

        Args:
            path: holds ``artifact.yaml``, ``serving.properties`` and what else goes in the tarball.
            options: keys of ``serving.properties`` to set, or with None to remove. Default: none.

        Raises:
            ArtifactError: the folder cannot become a tarball; names everything that is wrong.
            CatalogError: the image does not exist.
            ConfigError: a value of *options* is not text.
        """
        # Written as in the file: 8 and "8" are one text there, but 0.90 and 0.9 are two.
        wrong = [
            f"options[{key!r}] must be text, as serving.properties has it, or None, got {value!r}"
            for key, value in (options or {}).items()
            if not isinstance(value, str | None)
        ]
        if wrong:
            raise ConfigError("\n".join(wrong))
        # Here, because what reads artifact.yaml is of no use to an app that imports an endpoint.
        from lmi.artifact import load_artifact

        return cls(load_artifact(Path(path), options))

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._artifact.name

    @property
    def content_sha256(self) -> str:
        """Digest of the uncompressed tarball. The same files and options have the same one."""
        return self._artifact.content_sha256

    @property
    def uncompressed_bytes(self) -> int:
        """Size of all files together."""
        return sum(member.size for member in self._artifact.members)

    @property
    def draft(self) -> "Draft":
        """The folder as it was read, which lmi.rules looks at."""
        return self._artifact.draft

    @property
    def options(self) -> Mapping[str, str]:
        """What ``serving.properties`` says, overrides included."""
        return self._artifact.properties.as_mapping()

    @property
    def network_reasons(self) -> tuple[str, ...]:
        """Why the artifact's own image needs the network. Empty: it can be isolated."""
        return self._artifact.network_reasons

    @property
    def paths(self) -> frozenset[str]:
        """What files and folders there are, relative to the model's folder, with slashes."""
        prefix = f"{self.name}/" if self._artifact.manifest.layout == "rooted" else ""
        files = {member.path.removeprefix(prefix) for member in self._artifact.members}
        return frozenset(files).union(
            str(parent) for name in files for parent in PurePosixPath(name).parents
        )

    def network_reasons_on(self, image: LmiImage) -> tuple[str, ...]:
        """Return why *image*, serving this artifact, needs the network."""
        from lmi.artifact.network import network_reasons

        return network_reasons(self.options, self.paths, image.image.djl_version)

    def bind(self, scope: Construct) -> StagedArtifact:
        """
        Bundle the folder and register the tarball as an asset of *scope*'s stack.

        CDK neither hashes nor copies it: a link in the folder of staged assets leads to the bundle.

        Raises:
            ArtifactError: a file changed or vanished since the folder was loaded, or the tarball
                cannot be written.
        """
        from lmi.artifact import bundle_cached

        bundle = bundle_cached(self._artifact, BUNDLES)
        digest = sha256(f"{FORMAT_VERSION}:{bundle.content_sha256}".encode()).hexdigest()
        stack = cdk.Stack.of(scope)
        stage = cdk.Stage.of(stack)
        if stage is None:
            raise TypeError(f"{scope.node.path} must lie in an App or a Stage")
        staged = Path(stage.asset_outdir, f"asset.{digest}.tar.gz")
        _link_or_copy(bundle.path, staged)
        location = _bound_synthesizer(stack).add_file_asset(
            # The key is this hash plus what os.path.splitext takes for the suffix: DIGEST.tar + .gz
            source_hash=f"{digest}.tar",
            file_name=os.path.relpath(staged, stage.outdir),
            packaging=cdk.FileAssetPackaging.FILE,
            display_name=f"{self.name} model.tar.gz",
        )
        return StagedArtifact(
            bucket_name=location.bucket_name,
            object_key=location.object_key,
            s3_url=location.s3_object_url,
            digest=digest,
        )


def _bound_synthesizer(stack: cdk.Stack) -> cdk.IStackSynthesizer:
    """
    Return the synthesizer of *stack*, also where the stack or its app was given one.

    A stack binds a copy of the synthesizer that it is given, made with `Object.create(original)`
    (aws-cdk-lib 2.275.0: StackSynthesizer.reusableBind). jsii 1.142.0 (@jsii/kernel: objects.js,
    objectReference) knows an object by the symbol `$__jsii__objid__$` on it, which the copy
    inherits, so that Python gets the original, which belongs to no stack. A nested stack is made
    from the copy itself, and all that its own synthesizer does with assets is to hand them on.

    Once jsii reads that symbol only where it is the object's own, `stack.synthesizer` is bound and
    this function can go.
    """
    synthesizer = stack.synthesizer
    if not isinstance(synthesizer, cdk.StackSynthesizer):
        return synthesizer
    try:
        if synthesizer._bound_stack is not None:
            return synthesizer
    except RuntimeError as error:
        # jsii raises every exception of CDK as this one.
        if "must be bound to a Stack first" not in str(error):
            raise
    nested = cdk.NestedStack(stack, "ForItsSynthesizer")
    handing_on = nested.synthesizer
    for child in (nested.node.id, f"{nested.node.id}.NestedStack"):
        stack.node.try_remove_child(child)
    return handing_on


def _link_or_copy(source: Path, target: Path) -> None:
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    # Under a name of this process first: what lies under the digest is always complete.
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        # An earlier process of this number may have left a link, through which a copy would write
        # into the bundle.
        unfinished.unlink(missing_ok=True)
        try:
            os.link(source, unfinished)
        except OSError:
            # Another file system, or one without hard links.
            shutil.copyfile(source, unfinished)
        unfinished.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise ArtifactError(f"{target}: cannot be written: {error.strerror}") from error
