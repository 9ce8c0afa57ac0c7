"""Ratings, requests to be forgotten, answers that may be tapped, and answers that nobody has seen."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import contactcenter.base.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_labels"),
        ("conversations", "0007_list_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requested_at", models.DateTimeField(default=contactcenter.base.clock.now, verbose_name="asked at")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("approved", "Erased"), ("refused", "Refused")],
                        max_length=8,
                        verbose_name="decision",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
            ],
            options={
                "verbose_name": "erasure request",
                "verbose_name_plural": "erasure requests",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=contactcenter.base.clock.now)),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="choices",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), blank=True, default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("customer_left_at__isnull", False), ("last_message_kind", "out")),
                fields=["last_message_at"],
                name="conversation_unseen",
            ),
        ),
        migrations.AddField(
            model_name="erasurerequest",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="erasure_requests",
                to="conversations.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="erasurerequest",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="erasurerequest",
            name="identity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="conversations.identity",
                verbose_name="asked by",
            ),
        ),
        migrations.AddField(
            model_name="rating",
            name="conversation",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="rating", to="conversations.conversation"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurerequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True)), fields=("customer",), name="erasure_asked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision", ""), ("decided_at__isnull", False), _connector="XOR"),
                name="erasure_decided_at",
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(fields=["at"], name="rating_by_time"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__gte", 1), ("score__lte", 5)), name="rating_of_five"
            ),
        ),
    ]
