"""How a page becomes a trail: model, stages, stores, doors."""
