"""Foreign keys point down or sideways within an app, as imports do."""

from __future__ import annotations

from django.apps import apps

# From the bottom; a model may point to its own layer's app or to one below.
LAYERS = [
    ["accounts"],
    ["conversations"],
    ["routing"],
    ["selfservice", "canned"],
    ["channels_app", "sandbox", "webchat", "reporting"],
    ["console", "api"],
    ["administration"],
]
LEVEL = {label: level for level, labels in enumerate(LAYERS) for label in labels}
# Adapters are packages of channels_app and share its tables.
FAMILY = {"sandbox": "channels_app", "webchat": "channels_app"}
FOREIGN = {"auth", "contenttypes", "sites"}


def test_foreign_keys_follow_the_layers() -> None:
    found = []
    for model in apps.get_models():
        label = model._meta.app_label
        if not model.__module__.startswith(("contactcenter.", "routing", "channels_app", "selfservice")):
            continue
        assert label in LEVEL, f"{label} has no layer: add it here and to the import contracts"
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            if not field.is_relation or field.related_model is None:
                continue
            target = field.related_model._meta.app_label
            if target == label or target in FOREIGN:
                continue
            is_family = FAMILY.get(label) == target
            if not is_family and LEVEL.get(target, 99) >= LEVEL[label]:
                found.append(f"{model.__name__}.{field.name} -> {target}")
    assert found == []


def test_an_account_does_not_know_where_its_traffic_goes() -> None:
    names = {field.name for field in apps.get_model("conversations", "ChannelAccount")._meta.fields}
    assert not names & {"queue", "flow", "entry_point"}
