"""
Where a model comes from, where that is not the artifact's own folder.

What SageMaker fetches in place of a tarball of the folder:

* Mirror         -- a prefix that `lmi mirror` wrote: all files of the folder, as they are
* StoredTarball  -- a model.tar.gz that is in a bucket already, whoever made it

What the container downloads, as options of serving.properties tell it; the tarball stays:

* HubModel       -- a repository of the Hugging Face Hub, at one commit
* S3Weights      -- a prefix that the container reads with the role's permissions
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lmi.errors import ConfigError
from lmi.s3_prefix import BUCKET, S3Prefix

TARBALL_SUFFIX = ".tar.gz"
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html"""

MODEL_ID = "option.model_id"
MODEL_ID_IN_S3_SINCE = (0, 22, 1)

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)

MOST_URL_CHARACTERS = 1024
"""botocore 1.44.5: sagemaker, shape Url."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirror:
    """A prefix below which `lmi mirror` keeps artifacts, each below the digest of its content."""

    store: S3Prefix
    """What PREFIX was given to `lmi mirror`."""
    kms_key_arn: str | None = None
    """Key that encrypts the objects. None: one of S3 or AWS, which needs no grant."""

    @classmethod
    def parse(cls, text: str, kms_key_arn: str | None = None) -> "Mirror":
        """
        Return the mirror below *text*, ``s3://BUCKET/PREFIX/``.

        Raises:
            ConfigError: it has another form.
        """
        return cls(store=S3Prefix.parse(text), kms_key_arn=kms_key_arn)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredTarball:
    """A model.tar.gz in a bucket. What is in it is not known."""

    bucket: str
    key: str
    kms_key_arn: str | None = None
    """Key that encrypts the object. None: one of S3 or AWS, which needs no grant."""

    @classmethod
    def parse(cls, text: str, kms_key_arn: str | None = None) -> "StoredTarball":
        """
        Return the tarball that *text*, ``s3://BUCKET/KEY.tar.gz``, names.

        Raises:
            ConfigError: it has another form.
        """
        scheme, _, rest = text.partition("://")
        bucket, _, key = rest.partition("/")
        if scheme != "s3" or not bucket or not key:
            raise ConfigError(f"a tarball in S3 is written s3://BUCKET/KEY.tar.gz, got {text!r}")
        if not BUCKET.fullmatch(bucket):
            raise ConfigError(
                f"{text}: {bucket!r} cannot be a bucket's name: 3 to 63 lower-case letters, "
                "digits, '-' and '.'"
            )
        if not key.endswith(TARBALL_SUFFIX) or key.endswith("/" + TARBALL_SUFFIX):
            raise ConfigError(
                f"{text}: must end in {TARBALL_SUFFIX}, as SageMaker documents ModelDataUrl; "
                "a prefix of files as they are is a 'mirror'"
            )
        if len(text) > MOST_URL_CHARACTERS or any(c.isspace() or c in "?*" for c in text):
            # `?` and `*` would be wildcards in the policy that allows to read it.
            raise ConfigError(
                f"{text}: must have at most {MOST_URL_CHARACTERS} characters, and no blank, '?' or "
                "'*'"
            )
        return cls(bucket=bucket, key=key, kms_key_arn=kms_key_arn)

    @property
    def url(self) -> str:
        """``s3://BUCKET/KEY``."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.key.rpartition("/")[2].removesuffix(TARBALL_SUFFIX)


@dataclass(frozen=True, kw_only=True, slots=True)
class HubModel:
    """A repository of the Hugging Face Hub, which the container downloads."""

    id: str
    """``ORG/NAME``, or ``NAME`` for the oldest."""
    revision: str | None = None
    """A commit, 40 hexadecimal digits. None: whatever the branch `main` holds that day."""

    @classmethod
    def parse(cls, text: str, revision: str | None = None) -> "HubModel":
        """
        Return the repository that *text* names.

        Raises:
            ConfigError: it has another form than ``ORG/NAME``.
        """
        if not _HUB_ID.fullmatch(text):
            raise ConfigError(f"a model on the Hugging Face Hub is written ORG/NAME, got {text!r}")
        return cls(id=text, revision=revision)

    def options(self, version: tuple[int, ...] | None) -> Mapping[str, str]:
        """Return the keys of serving.properties that name it, whatever DJL Serving's *version*."""
        revision = {} if self.revision is None else {"option.revision": self.revision}
        return {MODEL_ID: self.id, **revision}


@dataclass(frozen=True, kw_only=True, slots=True)
class S3Weights:
    """A prefix of S3 that the container downloads."""

    prefix: S3Prefix

    @classmethod
    def parse(cls, text: str) -> "S3Weights":
        """
        Return the weights below *text*, ``s3://BUCKET/PREFIX/``.

        Raises:
            ConfigError: it has another form.
        """
        return cls(prefix=S3Prefix.parse(text))

    def options(self, version: tuple[int, ...] | None) -> Mapping[str, str]:
        """
        Return the key of serving.properties that names it.

        Args:
            version: of DJL Serving; None: not known. ``option.model_id`` can be an address in S3
                from 0.22.1 on, ``option.s3url`` is read before (djl-serving: PyModel.java,
                ModelInfo.java).
        """
        old = version is not None and version < MODEL_ID_IN_S3_SINCE
        return {"option.s3url" if old else MODEL_ID: self.prefix.uri}


ModelSource = Mirror | StoredTarball
"""What SageMaker fetches in place of the folder's tarball."""

DownloadedSource = HubModel | S3Weights
"""What the container downloads."""
