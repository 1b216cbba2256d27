"""
What each version of DJL Serving does with an artifact.

Functions over plain values: names of files, keys and values of serving.properties, a version. They
read no file and start nothing, so that rules, constructs and the local hosting can share them.
"""
