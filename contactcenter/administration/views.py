"""The first start: the one-time link, then a step a page, and what the last two wait for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from channels_app.webchat.models import Installation
from contactcenter.accounts.models import User
from contactcenter.accounts.services import setup_link_is_valid
from contactcenter.administration import wizard
from contactcenter.administration.forms import FORMS, AdminForm, StepForm, draft_of_preset
from contactcenter.administration.hours import PRESETS
from contactcenter.administration.models import Setup
from contactcenter.base.errors import Gone
from contactcenter.base.text import clean_input

_LANGUAGES = dict(settings.LANGUAGES)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def first_admin(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first admin, which uses the link up. A used or wrong link says what to do."""
    if settings.DEMO:
        raise Http404
    if not setup_link_is_valid(token):
        return render(request, "administration/used.html", status=410)
    wanted = request.POST.get("language", "")
    if wanted in _LANGUAGES:
        with translation.override(wanted):
            response = _show_admin(request, AdminForm(initial=_typed(request)))
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, samesite="Lax", secure=settings.SECURE)
        return response
    form = AdminForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = wizard.begin_setup(token=token, language=translation.get_language() or "en", **form.cleaned_data)
        except Gone:
            return render(request, "administration/used.html", status=410)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("administration:setup")
    return _show_admin(request, form)


def _show_admin(request: HttpRequest, form: AdminForm) -> HttpResponse:
    context = {"form": form, "steps": [(name, False) for name in wizard.STEPS]}
    return render(request, "administration/admin.html", context, status=400 if form.is_bound else 200)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What stands in the admin's form, but for the password."""
    return {name: request.POST.get(name, "") for name in AdminForm.base_fields if name != "password"}


def _setup_of(request: HttpRequest) -> Setup | None:
    """The set-up of whoever asks; None if they have yet to sign in. Raises Http404 where there is none for them."""
    setup = wizard.open_setup()
    if setup is None or (request.user.is_authenticated and request.user != setup.admin):
        raise Http404
    return setup if request.user.is_authenticated else None


@never_cache
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Go on where it was left."""
    setup = _setup_of(request)
    if setup is None:
        return redirect_to_login(request.path)
    return redirect("administration:setup-step", wizard.current_step(setup))


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, name: str) -> HttpResponse:
    """One step; those that come later are reached by saving this one."""
    if name not in wizard.STEPS:
        raise Http404
    setup = _setup_of(request)
    if setup is None:
        return redirect_to_login(request.path)
    current = wizard.current_step(setup)
    if wizard.STEPS.index(name) > wizard.STEPS.index(current):
        return redirect("administration:setup-step", current)
    if request.method == "POST" and (left := _leave(request, setup, name)):
        return left
    if name == "test":
        return _test(request, setup)
    given = request.POST if request.method == "POST" else None
    form = FORMS[name](given, setup=setup, initial=setup.drafts.get(name))
    if form.is_valid():
        wizard.save_step(setup, name, form.cleaned_data)
        # The snippet is on the same page as the fields: it is shown there first.
        following = name if name == "channel" else wizard.STEPS[wizard.STEPS.index(name) + 1]
        return redirect("administration:setup-step", following)
    return _show(request, setup, name, form)


def _leave(request: HttpRequest, setup: Setup, name: str) -> HttpResponse | None:
    """Another language, a preset, one step back, without a channel: what was typed is kept, and nothing is checked."""
    if not {"language", "preset", "back", "skip"} & request.POST.keys():
        return None
    draft = _draft(request, FORMS[name](setup=setup)) if name in FORMS else {}
    target = name
    if request.POST.get("language") in _LANGUAGES:
        User.objects.filter(pk=setup.admin_id).update(language=request.POST["language"])
    elif request.POST.get("preset") in PRESETS:
        draft = draft_of_preset(request.POST["preset"])
    elif "back" in request.POST:
        target = wizard.STEPS[max(wizard.STEPS.index(name) - 1, 0)]
    elif name == "channel":
        if "channel" not in setup.done:
            wizard.save_step(setup, name, {"origins": [], "greeting": request.POST.get("greeting", "")[:200]})
        return redirect("administration:setup-step", "test")
    wizard.keep_draft(setup, name, draft)
    return redirect("administration:setup-step", target)


def _draft(request: HttpRequest, form: StepForm) -> dict[str, Any]:
    many = {name for name, field in form.fields.items() if isinstance(field, forms.MultipleChoiceField)}
    typed = {name: [clean_input(text)[:2000] for text in request.POST.getlist(name)] for name in form.fields}
    return {name: texts if name in many else "".join(texts[:1]) for name, texts in typed.items()}


def _show(request: HttpRequest, setup: Setup, name: str, form: StepForm | None) -> HttpResponse:
    context = {
        "setup": setup,
        "step": name,
        "number": wizard.STEPS.index(name) + 2,
        "steps": [(row, row in setup.done) for row in wizard.STEPS],
        "form": form,
        **_waiting_for(setup, name),
    }
    is_refused = form is not None and form.is_bound
    return render(request, f"administration/{name}.html", context, status=400 if is_refused else 200)


def _waiting_for(setup: Setup, name: str) -> dict[str, Any]:
    """What the step shows of the outside world, read again and again."""
    if name == "channel" and setup.account:
        installation = Installation.objects.filter(account=setup.account).first()
        return {"snippet": wizard.snippet_of(setup.account), "installation": installation}
    if name == "test" and setup.account:
        return {"key": setup.account.address, "contact": wizard.test_contact(setup)}
    return {}


@never_cache
@require_safe
def watch(request: HttpRequest) -> HttpResponse:
    """The part of a step that changes by itself: `?step=channel` or `test`."""
    setup = _setup_of(request)
    name = request.GET.get("step", "")
    if setup is None or name not in {"channel", "test"} or setup.account is None:
        raise Http404
    return render(request, f"administration/_{name}_state.html", _waiting_for(setup, name))


def _test(request: HttpRequest, setup: Setup) -> HttpResponse:
    if request.method == "POST":
        wizard.finish_setup(setup)
        return redirect("admin:index")
    return _show(request, setup, "test", None)
