"""
What can be wrong with an artifact or an endpoint: every check, with its reason and its source.

`check` asks all rules about a subject. docs/rules.md is made from them.
"""

from lmi.rules.acknowledgement import Acknowledgement
from lmi.rules.check import check, refuse_errors
from lmi.rules.every import RULES
from lmi.rules.finding import Finding, Location, Severity
from lmi.rules.rule import Example, Hit, Rule
from lmi.rules.subject import Hosting, Subject
from lmi.rules.subjects import subject_of_draft, subject_of_example, subject_of_file

__all__ = [
    "RULES",
    "Acknowledgement",
    "Example",
    "Finding",
    "Hit",
    "Hosting",
    "Location",
    "Rule",
    "Severity",
    "Subject",
    "check",
    "refuse_errors",
    "subject_of_draft",
    "subject_of_example",
    "subject_of_file",
]
