"""From today's plan to another: how few people need move, which, and in what order."""
