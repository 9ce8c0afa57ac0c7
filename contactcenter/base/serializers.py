"""What all serializers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Takes the fields that it names and no others: a misspelt field is told, not dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = [str(name) for name in data if name not in known]
            if unknown:
                text = _("There is no such field. There are: %(known)s.") % {"known": ", ".join(known)}
                raise serializers.ValidationError({name: [text] for name in unknown}, code="unknown_field")
        return super().to_internal_value(data)
