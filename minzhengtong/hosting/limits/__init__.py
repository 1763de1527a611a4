"""What a mini-app may cost its process: time, threads, memory."""
