import contactcenter.base.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('conversations', '0002_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShownThanks',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField(db_index=True)),
                ('conversation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='shown_thanks', to='conversations.conversation')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='InboundDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=250)),
                ('kind', models.CharField(max_length=20)),
                ('event', models.JSONField(default=dict)),
                ('raw', models.JSONField(default=dict)),
                ('received_at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('processed_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('recorded', 'Recorded'), ('quiet', 'Recorded without waking anybody'), ('blocked', 'Kept apart: blocked sender'), ('ignored', 'Nothing to do'), ('unreadable', 'Could not be read'), ('failed', 'Given up')], max_length=12)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inbound_deliveries', to='conversations.channelaccount')),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='conversations.message')),
            ],
            options={
                'verbose_name': 'inbound delivery',
                'verbose_name_plural': 'inbound deliveries',
                'indexes': [models.Index(condition=models.Q(('processed_at__isnull', True)), fields=['received_at'], name='inbound_unprocessed'), models.Index(fields=['account', '-received_at'], name='inbound_by_account')],
                'constraints': [models.UniqueConstraint(fields=('account', 'external_id'), name='inbound_once')],
            },
        ),
    ]
