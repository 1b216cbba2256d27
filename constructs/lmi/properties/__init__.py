"""The file format of java.util.Properties, which DJL Serving reads serving.properties with."""

from lmi.properties.entry import Entry
from lmi.properties.file import PropertiesFile

__all__ = ["Entry", "PropertiesFile"]
