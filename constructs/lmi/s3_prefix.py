"""A prefix in S3: where weights lie that are no tarball."""

import re
from dataclasses import dataclass

from lmi.errors import ConfigError

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

MOST_URI_CHARACTERS = 1024
"""Of S3DataSource's S3Uri (botocore 1.44.5: sagemaker, S3ModelUri)."""

MANIFESTS = ".lmi-mirror"
"""
The folder beside a prefix in which its manifest lies. Not in the prefix, because SageMaker and DJL
Serving download everything that is there.
"""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class S3Prefix:
    """All objects of a bucket whose keys begin with `key`."""

    bucket: str

    key: str
    """Never empty, ends with `/`."""

    @classmethod
    def parse(cls, text: str) -> "S3Prefix":
        """
        Return the prefix that *text*, ``s3://BUCKET/PREFIX/``, names.

        Raises:
            ConfigError: it has another form, or SageMaker could not load it.
        """
        scheme, _, rest = text.partition("://")
        bucket, _, key = rest.partition("/")
        if scheme != "s3" or not bucket:
            raise ConfigError(f"a prefix is written s3://BUCKET/PREFIX/, got {text!r}")
        if not BUCKET.fullmatch(bucket):
            raise ConfigError(
                f"{text}: {bucket!r} cannot be a bucket's name: 3 to 63 lower-case letters, "
                "digits, '-' and '.'"
            )
        if not key:
            raise ConfigError(
                f"{text}: must name a prefix in the bucket, such as s3://{bucket}/gpt-j/, because "
                "the manifest lies beside it"
            )
        if not key.endswith("/"):
            # S3Uri of a prefix must end so, and without it gpt-j would also be gpt-j-v2.
            # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html
            raise ConfigError(f"{text}: must end with '/'; write {text}/")
        parts = key[:-1].split("/")
        if bad := [part for part in parts if part in ("", ".", "..", MANIFESTS)]:
            raise ConfigError(f"{text}: must not hold the folder name {bad[0]!r}")
        if not key.isprintable() or not key.isascii() or any(c in key for c in "\\?#%* "):
            raise ConfigError(
                f"{text}: must be ASCII without blanks, '\\', '?', '#', '%' and '*', so that "
                "every program reads the same key"
            )
        if len(text) > MOST_URI_CHARACTERS:
            raise ConfigError(
                f"{text}: must have at most {MOST_URI_CHARACTERS} characters, has {len(text)}"
            )
        return cls(bucket=bucket, key=key)

    @property
    def uri(self) -> str:
        """``s3://BUCKET/PREFIX/``."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def manifest_key(self) -> str:
        """Key of the manifest of what lies below the prefix."""
        parent, _, name = self.key[:-1].rpartition("/")
        return f"{parent}/{MANIFESTS}/{name}.json".lstrip("/")

    @property
    def manifests_key(self) -> str:
        """Prefix of the manifests of this prefix and of those beside it."""
        return self.manifest_key.rpartition("/")[0] + "/"

    def below(self, name: str) -> "S3Prefix":
        """Return the prefix *name* below this one."""
        return S3Prefix(bucket=self.bucket, key=f"{self.key}{name}/")

    def __str__(self) -> str:
        """Return the URI."""
        return self.uri
