"""What talks to a deployed endpoint and its account, with boto3."""
