"""
YAML files that people write: every value with its line, every mistake in one wording.

What a file may say is in the pydantic model of whoever reads it; see lmi.environment and
lmi.artifact.
"""

from lmi.yaml_file.document import Document, KeyPath, Problem, Scalar
from lmi.yaml_file.message import placed, problem_of, valueless
from lmi.yaml_file.reader import read_document

__all__ = [
    "Document",
    "KeyPath",
    "Problem",
    "Scalar",
    "placed",
    "problem_of",
    "read_document",
    "valueless",
]
