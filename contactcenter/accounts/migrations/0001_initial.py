import contactcenter.base.clock
import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Brand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('slug', models.SlugField(unique=True, verbose_name='address part')),
                ('default_language', models.CharField(choices=[('en', 'English'), ('et', 'Eesti'), ('lv', 'Latviešu'), ('ru', 'Русский'), ('pl', 'Polski')], default='en', max_length=5, verbose_name='default language')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('colour', models.CharField(default='#0b5cad', help_text='As #rrggbb, used by widget and help centre.', max_length=7, verbose_name='colour')),
                ('phone_region', models.CharField(default='LV', help_text='Country of numbers written without a prefix.', max_length=2, verbose_name='phone region')),
                ('allowed_countries', models.JSONField(blank=True, default=list, help_text='Country codes that calls and SMS may go to; empty allows the phone region alone.', verbose_name='allowed countries')),
                ('created_at', models.DateTimeField(default=contactcenter.base.clock.now, editable=False)),
            ],
            options={
                'verbose_name': 'brand',
                'verbose_name_plural': 'brands',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SetupLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=contactcenter.base.clock.now)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='accounts.brand', verbose_name='brand')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'ordering': ['brand__name', 'name'],
                'constraints': [models.UniqueConstraint(fields=('brand', 'name'), name='team_unique_name')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('role', models.CharField(choices=[('agent', 'Agent'), ('supervisor', 'Supervisor'), ('admin', 'Admin')], default='agent', max_length=12, verbose_name='role')),
                ('display_name', models.CharField(blank=True, help_text='What customers and colleagues see.', max_length=100, verbose_name='display name')),
                ('language', models.CharField(choices=[('en', 'English'), ('et', 'Eesti'), ('lv', 'Latviešu'), ('ru', 'Русский'), ('pl', 'Polski')], default='en', max_length=5, verbose_name='language')),
                ('time_zone', models.CharField(blank=True, help_text="Empty takes the brand's.", max_length=64, verbose_name='time zone')),
                ('theme', models.CharField(choices=[('auto', 'As the system'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=6, verbose_name='theme')),
                ('is_demo', models.BooleanField(default=False, editable=False, help_text='A person of the demo; cannot sign in without demo mode.')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('brands', models.ManyToManyField(blank=True, related_name='users', to='accounts.brand', verbose_name='brands')),
                ('teams', models.ManyToManyField(blank=True, related_name='members', to='accounts.team', verbose_name='teams')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=contactcenter.base.clock.now, verbose_name='time')),
                ('kind', models.CharField(db_index=True, max_length=50, verbose_name='kind')),
                ('target', models.CharField(blank=True, max_length=100, verbose_name='concerns')),
                ('data', models.JSONField(default=dict, verbose_name='details')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='audit_entries', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit entries',
                'ordering': ['-id'],
            },
        ),
    ]
