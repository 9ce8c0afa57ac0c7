import contactcenter.base.clock
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CannedReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shortcut', models.CharField(help_text='What agents type after “/”.', max_length=30, validators=[django.core.validators.RegexValidator('^[a-z0-9-]+$', 'Use small letters, figures and hyphens.')], verbose_name='short name')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None, verbose_name='tags')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('updated_at', models.DateTimeField(default=contactcenter.base.clock.now, editable=False)),
                ('brand', models.ForeignKey(blank=True, help_text='Empty means every brand.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='canned_replies', to='accounts.brand', verbose_name='brand')),
                ('team', models.ForeignKey(blank=True, help_text='Empty means every team of the brand.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='canned_replies', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'canned reply',
                'verbose_name_plural': 'canned replies',
                'ordering': ['shortcut'],
                'constraints': [models.UniqueConstraint(fields=('brand', 'team', 'shortcut'), name='canned_shortcut_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='CannedText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('en', 'English'), ('et', 'Eesti'), ('lv', 'Latviešu'), ('ru', 'Русский'), ('pl', 'Polski')], max_length=5, verbose_name='language')),
                ('text', models.TextField(verbose_name='text')),
                ('reply', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='canned.cannedreply')),
            ],
            options={
                'verbose_name': 'text',
                'verbose_name_plural': 'texts',
                'ordering': ['language'],
                'constraints': [models.UniqueConstraint(fields=('reply', 'language'), name='canned_text_once')],
            },
        ),
    ]
