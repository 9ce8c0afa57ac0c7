"""The set-up as a file, and the settings in force, in admin."""

from __future__ import annotations

import base64
import binascii

from django import forms
from django.conf import settings as django_settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.administration.inforce import settings_in_force
from contactcenter.administration.models import Setup
from contactcenter.administration.setupfile.exporting import read_setup, write_setup
from contactcenter.administration.setupfile.importing import apply_import, plan_import
from contactcenter.administration.setupfile.reading import MOST_BYTES, BadFile
from contactcenter.base.errors import Gone


def _admin(request: HttpRequest) -> User:
    """Who asks. Raises PermissionDenied for anybody but an admin."""
    if not isinstance(request.user, User) or not request.user.is_admin:
        raise PermissionDenied
    return request.user


class SetupFileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Set-up file"))

    def clean_file(self) -> bytes:
        given = self.cleaned_data["file"]
        if given.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return bytes(given.read())


@admin.register(Setup)
class SetupAdmin(ModelAdmin):  # type: ignore[misc]
    """Lists nothing: the wizard has its own pages. Here stand the page of the file and the one of the settings."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Setup | None = None) -> bool:
        return False

    has_add_permission = has_module_permission
    has_change_permission = has_delete_permission = has_view_permission

    def get_urls(self) -> list[URLPattern]:
        return [
            path("file/", self.admin_site.admin_view(self.setup_file), name="setup-file"),
            path("settings/", self.admin_site.admin_view(self.settings), name="settings"),
        ]

    def settings(self, request: HttpRequest) -> HttpResponse:
        """What is set where the program is started; by POST, a test of the mail server."""
        user = _admin(request)
        if request.method == "POST":
            self._test_mail(request, user)
            return redirect("admin:settings")
        context = {**self.admin_site.each_context(request), "title": _("Settings"), "groups": settings_in_force()}
        return TemplateResponse(request, "administration/settings.html", context)

    def _test_mail(self, request: HttpRequest, user: User) -> None:
        if not user.email:
            self.message_user(request, _("You have no email address: add it to your user."), messages.ERROR)
            return
        try:
            send_mail(_("Test of the mail server"), _("It works."), None, [user.email])
        except OSError as error:  # smtplib's are among them
            text = _("Not sent by %(host)s: %(error)s") % {"host": django_settings.EMAIL_HOST, "error": error}
            self.message_user(request, text, messages.ERROR)
        else:
            self.message_user(request, _("Sent to %s. It may take a moment to arrive.") % user.email)

    def setup_file(self, request: HttpRequest) -> HttpResponse:
        """Take it along; show what a file changes; change it."""
        user = _admin(request)
        if "export" in request.POST:
            record_audit("setup.exported", actor=user)
            response = HttpResponse(write_setup(read_setup()), content_type="application/yaml; charset=utf-8")
            response["Content-Disposition"] = 'attachment; filename="setup.yaml"'
            return response
        if "fingerprint" in request.POST:
            return self._apply(request, user)
        form = SetupFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return self._show(request, user, form, form.cleaned_data["file"])
        return self._page(request, form=form, status=400 if form.is_bound else 200)

    def _show(self, request: HttpRequest, user: User, form: SetupFileForm, content: bytes) -> HttpResponse:
        try:
            plan = plan_import(content, actor=user)
        except BadFile as error:
            return self._page(request, form=form, errors=error.errors[:200], status=400)
        return self._page(request, form=form, plan=plan, content=base64.b64encode(content).decode())

    def _apply(self, request: HttpRequest, user: User) -> HttpResponse:
        form = SetupFileForm()
        try:
            content = base64.b64decode(request.POST.get("content", ""), validate=True)
            plan = apply_import(content, expected=request.POST["fingerprint"], actor=user)
        except binascii.Error:
            return self._page(request, form=form, errors=[_("Choose the file again.")], status=400)
        except BadFile as error:
            return self._page(request, form=form, errors=error.errors[:200], status=400)
        except Gone as error:
            return self._page(request, form=form, errors=[str(error.text)], status=error.status)
        self.message_user(request, _("The set-up was changed: %(count)s rows.") % {"count": len(plan.changes)})
        return redirect("admin:setup-file")

    def _page(self, request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
        context |= {**self.admin_site.each_context(request), "title": _("Set-up file")}
        return TemplateResponse(request, "administration/setup_file.html", context, status=status)
