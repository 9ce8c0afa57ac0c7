"""What all views of the API share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from contactcenter.accounts.models import Scope, User
from contactcenter.accounts.selectors import Viewer, viewer_of
from contactcenter.api.errors import TooLarge
from contactcenter.api.parsing import MOST_BYTES


class Access(ViewSetMixin, APIView):
    """What the API's views share. `scopes` says what a token needs for each method."""

    scopes: ClassVar[Mapping[str, Scope]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > MOST_BYTES:
            raise TooLarge(_("The request is too large."))

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    @cached_property
    def viewer(self) -> Viewer:
        return viewer_of(self.user)

    @property
    def is_drawn(self) -> bool:
        """Only the schema is being made: nobody has asked, and there are no rows."""
        return bool(getattr(self, "swagger_fake_view", False))
