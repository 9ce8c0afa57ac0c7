import contactcenter.base.clock
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('conversations', '0002_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Widget',
            fields=[
            ],
            options={
                'verbose_name': 'widget',
                'verbose_name_plural': 'widgets',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('conversations.channelaccount',),
        ),
        migrations.CreateModel(
            name='EmailCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code_hash', models.CharField(blank=True, max_length=64)),
                ('mails', models.PositiveSmallIntegerField(default=0)),
                ('misses', models.PositiveSmallIntegerField(default=0)),
                ('asked_at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='email_code', to='conversations.identity')),
            ],
        ),
        migrations.CreateModel(
            name='LeftMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('conversation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='left_message', to='conversations.conversation')),
            ],
        ),
        migrations.CreateModel(
            name='MailedAnswers',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('after_seq', models.PositiveIntegerField(default=0)),
                ('at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('conversation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mailed_answers', to='conversations.conversation')),
            ],
        ),
        migrations.CreateModel(
            name='VisitorSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visitor_sessions', to='conversations.conversation')),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visitor_sessions', to='conversations.identity')),
            ],
        ),
        migrations.CreateModel(
            name='CustomerPresence',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('seen_until', models.DateTimeField()),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='customer_presences', to='conversations.conversation')),
            ],
            options={
                'indexes': [models.Index(fields=['seen_until'], name='customer_presence_due')],
            },
        ),
    ]
