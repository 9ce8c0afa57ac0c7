import contactcenter.base.clock
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
        ('conversations', '0002_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgentStateReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'break reason',
                'verbose_name_plural': 'break reasons',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
            ],
            options={
                'verbose_name': 'opening hours',
                'verbose_name_plural': 'opening hours',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ChannelProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('voice', 'Phone'), ('video', 'Video'), ('callback', 'Callback'), ('chat', 'Web chat'), ('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('viber', 'Viber'), ('telegram', 'Telegram'), ('generic', 'Own channel'), ('in_person', 'In person'), ('letter', 'Letter'), ('other', 'Other')], max_length=12, unique=True, verbose_name='channel')),
                ('cost', models.PositiveSmallIntegerField(help_text="Share of an agent's capacity of 100.", validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='cost')),
                ('offer_seconds', models.PositiveIntegerField(help_text='How long an agent has to accept.', verbose_name='offer, seconds')),
                ('wrap_up_seconds', models.PositiveIntegerField(help_text='0: no wrap-up.', verbose_name='wrap-up, seconds')),
                ('interrupted_by', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('voice', 'Phone'), ('video', 'Video'), ('callback', 'Callback'), ('chat', 'Web chat'), ('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('viber', 'Viber'), ('telegram', 'Telegram'), ('generic', 'Own channel'), ('in_person', 'In person'), ('letter', 'Letter'), ('other', 'Other')], max_length=12), blank=True, default=list, help_text='Channels whose work may pause this.', size=None, verbose_name='interrupted by')),
            ],
            options={
                'verbose_name': 'channel profile',
                'verbose_name_plural': 'channel profiles',
                'ordering': ['channel'],
            },
        ),
        migrations.CreateModel(
            name='SweeperDuty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('last_run_at', models.DateTimeField()),
                ('last_found', models.PositiveIntegerField(default=0)),
                ('total_found', models.PositiveBigIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'verbose_name': 'sweeper duty',
                'verbose_name_plural': 'sweeper duties',
            },
        ),
        migrations.CreateModel(
            name='Agent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('offline', 'Offline'), ('available', 'Available'), ('break', 'Break'), ('not_responding', 'Not responding')], default='offline', max_length=15, verbose_name='state')),
                ('state_since', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('next_state', models.CharField(blank=True, choices=[('break', 'Break'), ('offline', 'Offline')], max_length=15)),
                ('capacity', models.PositiveSmallIntegerField(default=100, help_text='Budget that the costs of offered and open work draw on.', verbose_name='capacity')),
                ('load', models.PositiveSmallIntegerField(default=0, verbose_name='load')),
                ('load_at_capacity_change', models.PositiveSmallIntegerField(default=0)),
                ('off_channels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('voice', 'Phone'), ('video', 'Video'), ('callback', 'Callback'), ('chat', 'Web chat'), ('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('viber', 'Viber'), ('telegram', 'Telegram'), ('generic', 'Own channel'), ('in_person', 'In person'), ('letter', 'Letter'), ('other', 'Other')], max_length=12), blank=True, default=list, size=None)),
                ('last_contact_at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('missed_in_row', models.PositiveSmallIntegerField(default=0)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='agent', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('next_reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.agentstatereason')),
                ('reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.agentstatereason')),
            ],
            options={
                'verbose_name': 'agent',
                'verbose_name_plural': 'agents',
            },
        ),
        migrations.CreateModel(
            name='Queue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('slug', models.SlugField(unique=True, verbose_name='short name')),
                ('needs_language', models.BooleanField(default=True, help_text="Agents must speak the customer's language.", verbose_name='by language')),
                ('target_seconds', models.PositiveIntegerField(default=60, verbose_name='answer within, seconds')),
                ('offer_seconds', models.PositiveIntegerField(blank=True, null=True, verbose_name='offer, seconds')),
                ('wrap_up_seconds', models.PositiveIntegerField(blank=True, null=True, verbose_name='wrap-up, seconds')),
                ('wake_seconds', models.PositiveIntegerField(default=60, help_text='How long a woken or transferred conversation waits for its agent before the others are asked.', verbose_name='wait for the owner, seconds')),
                ('release_hours', models.PositiveIntegerField(blank=True, help_text='Working hours after which mail and messages of an agent who is away return to the queue; empty: never.', null=True, verbose_name='release after, hours')),
                ('releases_at_sign_out', models.BooleanField(default=False, verbose_name='release at sign-out')),
                ('max_wait_seconds', models.PositiveIntegerField(blank=True, help_text='How long a visitor waits before the widget offers to answer them later; empty: never.', null=True, verbose_name='offer to leave a message after, seconds')),
                ('thanks_minutes', models.PositiveSmallIntegerField(default=10, help_text="How long a customer's thanks for a closed conversation stay in the list of its last agent; 0: not at all.", verbose_name='show thanks, minutes')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='queues', to='accounts.brand', verbose_name='brand')),
                ('calendar', models.ForeignKey(blank=True, help_text='Empty: always open.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='queues', to='routing.calendar', verbose_name='opening hours')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='queues', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'queue',
                'verbose_name_plural': 'queues',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Disposition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='routing.disposition', verbose_name='belongs under')),
                ('queue', models.ForeignKey(blank=True, help_text='Empty: of all queues.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='dispositions', to='routing.queue', verbose_name='queue')),
            ],
            options={
                'verbose_name': 'disposition',
                'verbose_name_plural': 'dispositions',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('parent__isnull', True), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='disposition_not_own_parent')],
            },
        ),
        migrations.CreateModel(
            name='QueueMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='routing.agent', verbose_name='agent')),
                ('queue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='routing.queue', verbose_name='queue')),
            ],
            options={
                'verbose_name': 'queue membership',
                'verbose_name_plural': 'queue memberships',
                'constraints': [models.UniqueConstraint(fields=('queue', 'agent'), name='queue_member_once')],
            },
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('slug', models.SlugField(unique=True, verbose_name='short name')),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('et', 'Eesti'), ('lv', 'Latviešu'), ('ru', 'Русский'), ('pl', 'Polski')], help_text='Set it to make this the skill that customers of that language need.', max_length=5, verbose_name='language')),
            ],
            options={
                'verbose_name': 'skill',
                'verbose_name_plural': 'skills',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('language', ''), _negated=True), fields=('language',), name='skill_one_per_language')],
            },
        ),
        migrations.CreateModel(
            name='QueueSkill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('min_level', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='at least level')),
                ('queue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skills', to='routing.queue', verbose_name='queue')),
                ('skill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='routing.skill', verbose_name='skill')),
            ],
            options={
                'verbose_name': 'needed skill',
                'verbose_name_plural': 'needed skills',
                'constraints': [models.UniqueConstraint(fields=('queue', 'skill'), name='queue_skill_once')],
            },
        ),
        migrations.CreateModel(
            name='EntryPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.SlugField(blank=True, verbose_name='topic')),
                ('topic_name', models.CharField(blank=True, max_length=100, verbose_name='topic as customers read it')),
                ('min_level', models.PositiveSmallIntegerField(default=1, verbose_name='at least level')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entry_points', to='conversations.channelaccount', verbose_name='channel account')),
                ('queue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entry_points', to='routing.queue', verbose_name='queue')),
                ('skills', models.ManyToManyField(blank=True, to='routing.skill', verbose_name='also needs')),
            ],
            options={
                'verbose_name': 'entry point',
                'verbose_name_plural': 'entry points',
                'constraints': [models.UniqueConstraint(fields=('account', 'topic'), name='entry_point_once')],
            },
        ),
        migrations.CreateModel(
            name='AgentSkill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='level')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skills', to='routing.agent', verbose_name='agent')),
                ('skill', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='agents', to='routing.skill', verbose_name='skill')),
            ],
            options={
                'verbose_name': 'skill',
                'verbose_name_plural': 'skills',
                'constraints': [models.UniqueConstraint(fields=('agent', 'skill'), name='agent_skill_once'), models.CheckConstraint(condition=models.Q(('level__gte', 1), ('level__lte', 5)), name='agent_skill_level')],
            },
        ),
        migrations.CreateModel(
            name='SkillGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('voice', 'Phone'), ('video', 'Video'), ('callback', 'Callback'), ('chat', 'Web chat'), ('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('viber', 'Viber'), ('telegram', 'Telegram'), ('generic', 'Own channel'), ('in_person', 'In person'), ('letter', 'Letter'), ('other', 'Other')], max_length=12)),
                ('requirements', models.JSONField(default=list)),
                ('key', models.CharField(max_length=250, unique=True)),
                ('queue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='routing.queue')),
            ],
        ),
        migrations.CreateModel(
            name='QueueEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('voice', 'Phone'), ('video', 'Video'), ('callback', 'Callback'), ('chat', 'Web chat'), ('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('viber', 'Viber'), ('telegram', 'Telegram'), ('generic', 'Own channel'), ('in_person', 'In person'), ('letter', 'Letter'), ('other', 'Other')], max_length=12)),
                ('entered_at', models.DateTimeField()),
                ('waited_before_seconds', models.FloatField(default=0)),
                ('boost_seconds', models.FloatField(default=0)),
                ('rank_key', models.FloatField()),
                ('is_offered', models.BooleanField(default=False)),
                ('target_until', models.DateTimeField(blank=True, null=True)),
                ('note', models.TextField(blank=True)),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('answered', 'Answered'), ('abandoned', 'Abandoned'), ('transferred', 'Transferred'), ('overflowed', 'Overflowed'), ('callback', 'Callback'), ('voicemail', 'Voicemail'), ('moved', 'Moved to another channel'), ('joined', 'Joined'), ('self_served', 'Solved alone'), ('cancelled', 'Cancelled')], max_length=12)),
                ('reason', models.CharField(blank=True, max_length=30)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='conversations.conversation')),
                ('last_agent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.agent')),
                ('queue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='routing.queue')),
                ('sent_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('target_agent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.agent')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='routing.skillgroup')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_offered', False), ('left_at__isnull', True)), fields=['group', 'rank_key'], name='entry_heads'), models.Index(condition=models.Q(('left_at__isnull', True)), fields=['queue', 'rank_key'], name='entry_queue'), models.Index(fields=['queue', 'entered_at'], name='entry_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_at__isnull', True)), fields=('conversation',), name='entry_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('left_at__isnull', True), ('outcome', '')), models.Q(('left_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='entry_outcome')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('work', 'Work'), ('consult', 'Consult')], default='work', max_length=8)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('expired', 'Missed'), ('revoked', 'Withdrawn')], default='pending', max_length=10)),
                ('cost', models.PositiveSmallIntegerField()),
                ('note', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=100)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='routing.agent')),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='conversations.conversation')),
                ('sent_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='routing.queueentry')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['expires_at'], name='offer_due'), models.Index(condition=models.Q(('state', 'pending')), fields=['agent'], name='offer_pending')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('purpose', 'work'), ('state', 'pending')), fields=('conversation',), name='offer_one_pending_work'), models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('conversation', 'agent'), name='offer_one_pending_per_agent'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='offer_answered_at')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('voice', 'Phone'), ('video', 'Video'), ('callback', 'Callback'), ('chat', 'Web chat'), ('email', 'Email'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('viber', 'Viber'), ('telegram', 'Telegram'), ('generic', 'Own channel'), ('in_person', 'In person'), ('letter', 'Letter'), ('other', 'Other')], max_length=12)),
                ('role', models.CharField(choices=[('primary', 'Primary'), ('consult', 'Consult'), ('supervisor', 'Supervisor')], default='primary', max_length=10)),
                ('state', models.CharField(choices=[('handling', 'Handling'), ('wrap_up', 'Wrap-up'), ('done', 'Done')], default='handling', max_length=10)),
                ('cost', models.PositiveSmallIntegerField()),
                ('over_capacity', models.BooleanField(default=False)),
                ('note', models.TextField(blank=True)),
                ('joined_at', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField()),
                ('handled_until', models.DateTimeField(blank=True, null=True)),
                ('wrap_up_until', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('paused_seconds', models.FloatField(default=0)),
                ('wrap_up_note', models.TextField(blank=True)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='routing.agent')),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='conversations.conversation')),
                ('disposition', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='routing.disposition')),
                ('offer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assignments', to='routing.offer')),
                ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='routing.queue')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'done'), _negated=True), fields=['agent'], name='assignment_open'), models.Index(condition=models.Q(('state', 'wrap_up')), fields=['wrap_up_until'], name='assignment_wrap_up_due'), models.Index(fields=['conversation', '-started_at'], name='assignment_history'), models.Index(fields=['agent', '-started_at'], name='assignment_by_agent')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('role', 'primary'), ('state', 'handling')), fields=('conversation',), name='assignment_one_primary'), models.UniqueConstraint(condition=models.Q(('state', 'done'), _negated=True), fields=('conversation', 'agent'), name='assignment_one_open_per_agent'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='assignment_ended_at'), models.CheckConstraint(condition=models.Q(('over_capacity', False), ('cost', 0), _connector='OR'), name='assignment_over_capacity_free'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'wrap_up'), _negated=True), ('wrap_up_until__isnull', False), _connector='OR'), name='assignment_wrap_up_until')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('terms', models.JSONField()),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='conversations.conversation')),
                ('offer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='decision', to='routing.offer')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='routing.queueentry')),
            ],
        ),
        migrations.CreateModel(
            name='SkillGroupAgent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fit', models.FloatField(default=0)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='routing.agent')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='agents', to='routing.skillgroup')),
            ],
            options={
                'indexes': [models.Index(fields=['agent', 'group'], name='group_by_agent')],
                'constraints': [models.UniqueConstraint(fields=('group', 'agent'), name='group_agent_once')],
            },
        ),
        migrations.CreateModel(
            name='AgentPresence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_until', models.DateTimeField()),
                ('agent', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='presence', to='routing.agent')),
            ],
            options={
                'indexes': [models.Index(fields=['seen_until'], name='presence_until')],
            },
        ),
        migrations.CreateModel(
            name='AgentStateInterval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('offline', 'Offline'), ('available', 'Available'), ('break', 'Break'), ('not_responding', 'Not responding')], max_length=15)),
                ('started_at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='intervals', to='routing.agent')),
                ('reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.agentstatereason')),
            ],
            options={
                'indexes': [models.Index(fields=['agent', 'started_at'], name='interval_by_agent')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('agent',), name='interval_one_open')],
            },
        ),
        migrations.CreateModel(
            name='CalendarInterval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                ('opens_at', models.TimeField(verbose_name='opens')),
                ('closes_at', models.TimeField(verbose_name='closes')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='intervals', to='routing.calendar', verbose_name='opening hours')),
            ],
            options={
                'verbose_name': 'opening time',
                'verbose_name_plural': 'opening times',
                'ordering': ['weekday', 'opens_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='interval_weekday')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('opens_at', models.TimeField(blank=True, help_text='Empty: closed all day.', null=True, verbose_name='opens')),
                ('closes_at', models.TimeField(blank=True, null=True, verbose_name='closes')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='routing.calendar', verbose_name='opening hours')),
            ],
            options={
                'verbose_name': 'holiday',
                'verbose_name_plural': 'holidays',
                'ordering': ['day'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'day'), name='holiday_once'), models.CheckConstraint(condition=models.Q(models.Q(('closes_at__isnull', True), ('opens_at__isnull', True)), models.Q(('closes_at__isnull', False), ('opens_at__isnull', False)), _connector='OR'), name='holiday_both_times')],
            },
        ),
    ]
