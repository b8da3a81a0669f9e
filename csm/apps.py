from django.apps import AppConfig


class CsmConfig(AppConfig):
    name = "csm"

    def ready(self) -> None:
        # Every process that may wake a worker needs to know the broker, not only the workers.
        from csm import celery  # noqa: F401
