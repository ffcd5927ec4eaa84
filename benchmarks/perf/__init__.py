"""Scripts that measure speed and memory beside a yardstick, in one run."""
