from django.urls import path

from contactcenter.demo import views

app_name = "demo"
urlpatterns = [
    path("mail/", views.mail_list, name="mail"),
    path("mail/<str:name>/<int:number>/", views.mail_item, name="mail-item"),
]
