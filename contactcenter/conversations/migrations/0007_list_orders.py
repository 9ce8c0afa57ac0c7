"""What the list is paged by: open ones by their last message, all by how long they wait and by priority."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_consult_notes")]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["-last_message_at", "-id"],
                condition=models.Q(("state", "closed"), _negated=True),
                name="conversation_open",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["waiting_since", "id"], name="conversation_waiting"),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["-priority", "-last_message_at", "-id"], name="conversation_priority"),
        ),
    ]
