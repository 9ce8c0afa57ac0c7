"""How long visitors wait before they are offered to leave a message."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0005_conference"),
    ]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="max_wait_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="How long a visitor waits before the widget offers to answer them later; empty: never.",
                null=True,
                verbose_name="offer to leave a message after, seconds",
            ),
        ),
    ]
