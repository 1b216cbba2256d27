"""What LMI is, in plain Python: images, artifacts, environments. Never imports aws_cdk."""
