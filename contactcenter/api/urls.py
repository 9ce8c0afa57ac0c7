from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from contactcenter.api.views import ConversationViewSet, MessageViewSet, QueueViewSet

app_name = "api"
router = SimpleRouter()
router.register("conversations", ConversationViewSet, basename="conversation")
router.register("messages", MessageViewSet, basename="message")
router.register("queues", QueueViewSet, basename="queue")
urlpatterns = [path("schema/", SpectacularAPIView.as_view(), name="schema"), *router.urls]
