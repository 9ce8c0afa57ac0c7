from django.urls import path

from contactcenter.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.front, name="front"),
    path("figures/", views.figures, name="figures"),
    path("seat/<slug:slug>/", views.take_seat, name="seat"),
    path("floor/", views.switch_floor, name="floor"),
    path("mail/", views.mail_list, name="mail"),
    path("mail/<str:name>/<int:number>/", views.mail_item, name="mail-item"),
]
