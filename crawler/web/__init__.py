"""Pages for a browser: values in, whole HTML out. Foreign text is escaped by the templates and nowhere else."""
