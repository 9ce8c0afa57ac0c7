from django.apps import AppConfig


class WebchatConfig(AppConfig):
    name = "channels_app.webchat"
    label = "webchat"
    verbose_name = "Web chat"

    def ready(self) -> None:
        from channels_app.webchat.delivering import register

        register()
