"""What the endpoint serves: a model's folder, or a tarball that is in a bucket already."""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Self

import aws_cdk as cdk
from constructs import Construct

from cdk_lmi.image import LmiImage
from cdk_lmi.model_data import StagedArtifact, StagedPrefix
from lmi.artifact.source import DownloadedSource, Mirror, ModelSource, StoredTarball
from lmi.errors import ArtifactError, ConfigError

if TYPE_CHECKING:
    from lmi.artifact import Artifact, Draft
    from lmi.artifact.stored import StoredArtifact

FORMAT_VERSION = 2
"""Raised when the bundler packs otherwise, so that the same content is uploaded anew."""


class ModelArtifact:
    """
    A model's folder with its overrides. Immutable; one object can serve any number of stacks.

    Its identity is its content: the object's key derives from the names, bytes and executable bits
    of the files, so the same content is the same object wherever and whenever it was bundled, and
    any other content is a new one, which makes CloudFormation replace the model. So does that of a
    folder that `lmi mirror` wrote to S3, where each content has a prefix of its own.

    A tarball that is in a bucket already is known by its address alone: what is in it is not known,
    no rule looks into it, and other content under the same key changes no endpoint.
    """

    def __init__(self, artifact: "Artifact | StoredArtifact") -> None:
        from lmi.artifact import Artifact

        self._folder: Artifact | None = None
        self._tarball: StoredTarball | None = None
        if isinstance(artifact, Artifact):
            self._folder = artifact
        else:
            self._tarball = artifact.tarball
        self._draft = artifact.draft
        self.name = artifact.name
        """The folder's name; without a folder that of the tarball, without its suffix."""
        self.image = LmiImage(artifact.image)
        """The image that the artifact was made for."""

    @classmethod
    def from_directory(
        cls,
        path: str | Path,
        *,
        options: Mapping[str, str | None] | None = None,
        source: ModelSource | DownloadedSource | None = None,
    ) -> Self:
        """
        Return the artifact in the folder *path*.

        Args:
            path: holds ``artifact.yaml``, ``serving.properties`` and what else goes in the tarball.
            options: keys of ``serving.properties`` to set, or with None to remove. Default: none.
            source: where the model comes from: a Mirror, a StoredTarball, S3Weights or a HubModel.
                Default: what ``source`` in ``artifact.yaml`` says, else the folder.

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
        from lmi.artifact import read_draft
        from lmi.artifact.stored import deployable_of

        return cls(deployable_of(read_draft(Path(path), options, source)))

    @classmethod
    def from_tarball(cls, s3_url: str, *, image: LmiImage) -> Self:
        """
        Return the artifact that is a tarball in a bucket, whoever made it.

        Args:
            s3_url: ``s3://BUCKET/KEY.tar.gz``; the bucket must be in the endpoint's region. May
                hold tokens.
            image: what serves it.

        Raises:
            ConfigError: *s3_url* has another form.
        """
        from lmi.artifact.stored import StoredArtifact

        if cdk.Token.is_unresolved(s3_url):
            bucket, _, key = s3_url.removeprefix("s3://").partition("/")
            tarball = StoredTarball(bucket=bucket, key=key)
        else:
            tarball = StoredTarball.parse(s3_url)
        return cls(
            StoredArtifact(name=tarball.name, image=image.image, tarball=tarball, draft=None)
        )

    @property
    def source(self) -> ModelSource | None:
        """Where SageMaker fetches the model data. None: a tarball of the folder, an asset."""
        return self._tarball if self._folder is None else self._folder.draft.source

    @property
    def content_sha256(self) -> str | None:
        """
        Digest of the files' names, bytes and executable bits, with the options applied. None of a
        tarball in a bucket.
        """
        from lmi.artifact import BUNDLES, content_sha256_cached

        return None if self._folder is None else content_sha256_cached(self._folder, BUNDLES)

    @property
    def uncompressed_bytes(self) -> int | None:
        """Size of all files together. None of a tarball in a bucket."""
        if self._folder is None:
            return None
        return sum(member.size for member in self._folder.members)

    @property
    def draft(self) -> "Draft | None":
        """The folder as it was read, which lmi.rules looks at. None: there is no folder."""
        return self._draft

    @property
    def options(self) -> Mapping[str, str]:
        """What ``serving.properties`` says, overrides included. Of a tarball in S3 nothing."""
        return {} if self._folder is None else self._folder.properties.as_mapping()

    @property
    def network_reasons(self) -> tuple[str, ...]:
        """Why the artifact's own image needs the network. Empty: it can be isolated."""
        return self.network_reasons_on(self.image)

    @property
    def paths(self) -> frozenset[str]:
        """
        What files and folders there are, relative to the model's folder, with slashes. Nothing of a
        tarball in a bucket.
        """
        if self._folder is None:
            return frozenset()
        prefix = f"{self.name}/" if self._folder.manifest.layout == "rooted" else ""
        files = {member.path.removeprefix(prefix) for member in self._folder.members}
        return frozenset(files).union(
            str(parent) for name in files for parent in PurePosixPath(name).parents
        )

    def network_reasons_on(self, image: LmiImage) -> tuple[str, ...]:
        """
        Return why *image*, serving this artifact, needs the network.

        A tarball in a bucket counts as one that does, because nobody knows that it does not.
        """
        from lmi.artifact.network import network_reasons

        if self._tarball is not None:
            return (f"{self._tarball.url} may hold a model that downloads something",)
        return network_reasons(self.options, self.paths, image.image.djl_version)

    def bind(self, scope: Construct) -> StagedArtifact | StagedPrefix:
        """
        Return the model data as *scope*'s stack names them.

        A folder is bundled, and its tarball an asset of the stack. CDK neither hashes nor copies
        it: a link in the folder of staged assets leads to the bundle. Large files that did not
        change since an earlier bundle, kept in .lmi/bundles below the working directory, are not
        read. Of a mirrored folder, and of a tarball in a bucket, nothing is uploaded.

        Raises:
            ArtifactError: a file changed or vanished since the folder was loaded, or the tarball
                cannot be written.
        """
        if self._tarball is not None:
            return _stored(self._tarball, cdk.Stack.of(scope))
        assert self._folder is not None  # noqa: S101 -- one of the two
        if self._folder.draft.source is not None:
            return self._mirrored(self._folder)
        return self._bundled(self._folder, scope)

    def _mirrored(self, folder: "Artifact") -> StagedPrefix:
        source = folder.draft.source
        assert isinstance(source, Mirror)  # noqa: S101 -- a tarball is no folder
        assert self.content_sha256 is not None  # noqa: S101 -- of a folder it is known
        prefix = source.store.below(self.content_sha256)
        return StagedPrefix(
            bucket_name=prefix.bucket,
            prefix=prefix.key,
            s3_url=prefix.uri,
            digest=sha256(prefix.uri.encode()).hexdigest(),
        )

    def _bundled(self, folder: "Artifact", scope: Construct) -> StagedArtifact:
        from lmi.artifact import BUNDLES, bundle_cached
        from lmi.artifact.known_tarball import link_tarball

        bundle = bundle_cached(folder, BUNDLES)
        digest = sha256(f"{FORMAT_VERSION}:{bundle.content_sha256}".encode()).hexdigest()
        stack = cdk.Stack.of(scope)
        stage = cdk.Stage.of(stack)
        if stage is None:
            raise TypeError(f"{scope.node.path} must lie in an App or a Stage")
        staged = Path(stage.asset_outdir, f"asset.{digest}.tar.gz")
        try:
            link_tarball(bundle.path, staged)
        except OSError as error:
            raise ArtifactError(f"{staged}: cannot be written: {error.strerror}") from error
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


def _stored(tarball: StoredTarball, stack: cdk.Stack) -> StagedArtifact:
    # What tokens stand for; they themselves differ from run to run.
    address = json.dumps(stack.resolve(tarball.url), sort_keys=True)
    return StagedArtifact(
        bucket_name=tarball.bucket,
        object_key=tarball.key,
        s3_url=tarball.url,
        digest=sha256(address.encode()).hexdigest(),
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
