"""Tables, migrations and the one way to them: :class:`gateway.store.store.Store`."""
