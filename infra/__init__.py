"""What the desk runs on in Azure, and the checks that hold it to what the code needs."""
