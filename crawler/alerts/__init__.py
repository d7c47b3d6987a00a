"""Who is told: rules that fire on edges, the message, and its delivery from the outbox."""
