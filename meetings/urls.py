"""Every address of the product."""

from django.urls import include, path

from meetings.views import export

urlpatterns = [
    path("meetings/<uuid:meeting_id>/export/minutebook.<str:suffix>", export.export, name="export"),
    path("accounts/", include("allauth.account.urls")),
]
