"""
The catalogue as lists: what `lmi images` and `lmi instances` filter and print.

Tables are plain aligned text. A library for tables would take longer to load than the whole list
takes to print, and the lines can be piped to grep, sort and awk as they are.
"""
