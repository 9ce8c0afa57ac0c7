from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    name = "contactcenter.administration"
    label = "administration"
