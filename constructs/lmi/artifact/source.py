"""
Where SageMaker fetches a model's data, where that is not the tarball of the artifact's own folder.

* Mirror         -- a prefix that `lmi mirror` wrote: all files of the folder, as they are
* StoredTarball  -- a model.tar.gz that is in a bucket already, whoever made it

What the container downloads itself is no source in this sense: serving.properties names it.
"""

from dataclasses import dataclass

from lmi.errors import ConfigError
from lmi.s3_prefix import BUCKET, S3Prefix

TARBALL_SUFFIX = ".tar.gz"
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html"""

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


ModelSource = Mirror | StoredTarball
