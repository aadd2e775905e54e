"""The worker: carries campaigns on, tick by tick. To come."""
