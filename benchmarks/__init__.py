"""Tasks, models, methods, runners and metrics. A new task or model is a new YAML file; a new method is a new module."""
