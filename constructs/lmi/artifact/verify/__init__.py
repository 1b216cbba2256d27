"""What is in a model.tar.gz that anybody made, read as a stream and without trusting it."""

from lmi.artifact.verify.scan import scan
from lmi.artifact.verify.tarball import Tarball, TarMember

__all__ = ["TarMember", "Tarball", "scan"]
