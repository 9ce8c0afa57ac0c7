"""Costs, offer times and wrap-up of each channel, to begin with (docs/concepts.md has the reasons)."""

from django.db import migrations

LIVE = ["voice", "video", "callback", "chat"]
PROFILES = {
    # channel: (cost, offer seconds, wrap-up seconds, interrupted by)
    "voice": (100, 20, 60, []),
    "video": (100, 20, 60, []),
    "callback": (100, 20, 60, []),
    "chat": (25, 30, 60, []),
    "email": (34, 900, 0, LIVE),
    **{
        channel: (20, 120, 0, [])
        for channel in ("sms", "whatsapp", "messenger", "facebook", "instagram", "viber", "telegram", "generic")
    },
}


def write_profiles(apps, schema_editor):
    profile = apps.get_model("routing", "ChannelProfile")
    profile.objects.bulk_create(
        profile(channel=channel, cost=cost, offer_seconds=offer, wrap_up_seconds=wrap_up, interrupted_by=interrupted_by)
        for channel, (cost, offer, wrap_up, interrupted_by) in PROFILES.items()
    )


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial")]
    operations = [migrations.RunPython(write_profiles, migrations.RunPython.noop)]
