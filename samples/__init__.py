"""What ships with the desk: knowledge, a directory, labelled examples, and a demo on sample tickets."""
