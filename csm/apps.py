from django.apps import AppConfig


class CsmConfig(AppConfig):
    name = "csm"
