"""What animating portraits is measured against: copying the portrait, warping it by landmarks, and looking up the nearest training frame."""
