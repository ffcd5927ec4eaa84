"""What portrait animation is scored by: pixels, perception, distributions of videos, landmarks and motion. One module a kind; each function scores one clip."""
