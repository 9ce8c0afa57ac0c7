"""Bringing a customer's files from their provider: the work of `fetch_file` effects."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.base import FetchesFiles, FileRefused, SendTimedOut, TemporaryFailure
from channels_app.providers import HostNotAllowed
from channels_app.registry import UnknownKind, adapter_for
from contactcenter.conversations.effects import RetryLater
from contactcenter.conversations.models import Attachment, Effect
from contactcenter.conversations.services.fetching import keep_file, miss_file


def fetch(effect: Effect) -> None:
    """Fetch one file and keep it. Raises RetryLater for a provider that may have it later."""
    row = Attachment.objects.select_related("message__account__brand").filter(pk=effect.target_id).first()
    if row is None or row.state != Attachment.State.COMING:
        return
    assert row.message is not None and row.message.account is not None
    account = row.message.account
    with translation.override(account.brand.default_language):
        try:
            adapter = adapter_for(account)
            if not isinstance(adapter, FetchesFiles):
                raise FileRefused(_("this channel brings no files"))
            content = adapter.fetch_file(row.reference)
        except UnknownKind as error:
            miss_file(row.pk, str(error), state=Attachment.State.FAILED)
        except HostNotAllowed:
            miss_file(row.pk, _("the provider's address may not be asked"), state=Attachment.State.FAILED)
        except FileRefused as refusal:
            miss_file(row.pk, str(refusal), state=Attachment.State.REFUSED)
        except (TemporaryFailure, SendTimedOut) as error:
            raise RetryLater(str(error)) from error
        else:
            keep_file(row.pk, content)


def give_up(effect: Effect, error: str) -> None:
    """After the last attempt the message says so, with a way to try again."""
    row = Attachment.objects.select_related("message__account__brand").filter(pk=effect.target_id).first()
    if row is not None and row.message is not None and row.message.account is not None:
        with translation.override(row.message.account.brand.default_language):
            miss_file(row.pk, _("the provider did not give it"), state=Attachment.State.FAILED)
