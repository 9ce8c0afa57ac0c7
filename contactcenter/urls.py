"""Every address of the product: each app brings its own."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from contactcenter.accounts.logos import show_logo
from contactcenter.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    # Browsers ask for it on pages that name none: the admin's, the API's, plain answers.
    path("favicon.ico", RedirectView.as_view(url=static("contactcenter/mark.svg")), name="favicon"),
    path("brands/<slug:slug>/logo/<slug:digest>", show_logo, name="brand-logo"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("setup/", include("contactcenter.administration.urls")),
    path("api/v1/", include("contactcenter.api.urls")),
    path("", include("contactcenter.console.urls")),
    path("", include("channels_app.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("contactcenter.demo.urls")))
    urlpatterns.append(path("sandbox/", include("channels_app.sandbox.urls")))
