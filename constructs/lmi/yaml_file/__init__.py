"""
YAML files that people write: every value with its line, every mistake in one wording.

What a file may say is in the sections of whoever reads it; see lmi.environment and lmi.artifact.
"""

from lmi.yaml_file.acknowledge_section import AcknowledgeList, AcknowledgeSection
from lmi.yaml_file.document import Document, KeyPath, Problem, Scalar
from lmi.yaml_file.message import placed, valueless
from lmi.yaml_file.reader import read_document
from lmi.yaml_file.section import Section
from lmi.yaml_file.section_reader import read_section

__all__ = [
    "AcknowledgeList",
    "AcknowledgeSection",
    "Document",
    "KeyPath",
    "Problem",
    "Scalar",
    "Section",
    "placed",
    "read_document",
    "read_section",
    "valueless",
]
