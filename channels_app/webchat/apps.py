from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebchatConfig(AppConfig):
    name = "channels_app.webchat"
    label = "webchat"
    verbose_name = _("Web chat")

    def ready(self) -> None:
        from channels_app.webchat.delivering import register

        register()
