"""The product's addresses as demo mode has them: the run of tests itself is without demo."""

from django.urls import include, path

from contactcenter.urls import urlpatterns as product

urlpatterns = [path("demo/", include("contactcenter.demo.urls")), *product]
