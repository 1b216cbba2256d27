"""The rules: one module for each topic. Its docstring is the heading in docs/rules.md."""
