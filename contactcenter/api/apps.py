from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "contactcenter.api"
    label = "api"
