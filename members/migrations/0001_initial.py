from pathlib import Path

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import members.zones
import uuid6
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Member',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('display_name', models.CharField(blank=True, max_length=80, verbose_name='name shown to others')),
                ('locale', models.CharField(default='en-gb', max_length=12, verbose_name='language')),
                ('time_zone', models.CharField(default=members.zones.installation_zone, max_length=64, verbose_name='time zone')),
                ('is_active', models.BooleanField(default=True, verbose_name='may log in')),
                ('is_staff', models.BooleanField(default=False, verbose_name='may open the admin')),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='joined')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='what it is for')),
                ('key_sha256', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='created')),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='revoked')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_tokens', to=settings.AUTH_USER_MODEL, verbose_name='member')),
            ],
            options={
                'verbose_name': 'API token',
                'verbose_name_plural': 'API tokens',
            },
        ),
        migrations.CreateModel(
            name='LegalText',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('imprint', 'imprint'), ('terms', 'terms of use'), ('privacy', 'privacy notice')], max_length=8, verbose_name='what it is')),
                ('version', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='version')),
                ('text', models.TextField(verbose_name='text, in Markdown')),
                ('text_html', models.TextField(editable=False)),
                ('effective_at', models.DateTimeField(blank=True, help_text='Left empty, it binds as soon as it is published.', null=True, verbose_name='binds from')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='published')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'legal text',
                'verbose_name_plural': 'legal texts',
                'ordering': ['kind', '-version'],
                'constraints': [models.UniqueConstraint(fields=('kind', 'version'), name='legal_text_version_once'), models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('version', None)), models.Q(('effective_at__isnull', False), ('published_at__isnull', False), ('version__isnull', False)), _connector='OR'), name='legal_text_published_whole')],
            },
        ),
        migrations.CreateModel(
            name='Acceptance',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('accepted_at', models.DateTimeField(verbose_name='when')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='member')),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.legaltext', verbose_name='to what')),
            ],
            options={
                'verbose_name': 'acceptance of the terms',
                'verbose_name_plural': 'acceptances of the terms',
            },
        ),
        migrations.CreateModel(
            name='MailChoice',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('news', 'News of campaigns that you support or follow'), ('comments', 'Answers to you, and what became of what you wrote'), ('reminders', 'Reminders that you asked for: a launch, two days before the end')], max_length=12, verbose_name='kind')),
                ('is_wanted', models.BooleanField(verbose_name='wanted')),
                ('chosen_at', models.DateTimeField(verbose_name='chosen')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='member')),
            ],
            options={
                'verbose_name': 'choice about mails',
                'verbose_name_plural': 'choices about mails',
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('slug', models.SlugField(max_length=60, unique=True, verbose_name='short name in addresses')),
                ('kind', models.CharField(choices=[('cooperative', 'co-operative'), ('municipality', 'municipality'), ('family_business', 'family business'), ('firm', 'local firm'), ('association', 'association')], max_length=20, verbose_name='kind')),
                ('legal_name', models.CharField(blank=True, help_text='Of whoever sells: as it is registered.', max_length=160, verbose_name='legal name')),
                ('legal_address', models.TextField(blank=True, max_length=400, verbose_name='postal address')),
                ('register_number', models.CharField(blank=True, help_text='Such as the court with the number there. Who is in none writes which authority is responsible.', max_length=160, verbose_name='register and number')),
                ('contact_email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address for customers')),
                ('vat_status', models.CharField(blank=True, choices=[('liable', 'charges VAT'), ('small', 'small business, charges no VAT'), ('exempt', 'exempt by law')], help_text='What the invoices say.', max_length=8, verbose_name='value added tax')),
                ('vat_id', models.CharField(blank=True, max_length=40, verbose_name='VAT id or tax number')),
                ('retention_months', models.PositiveSmallIntegerField(blank=True, help_text='So long the law wants the papers of a payment. What is personal in them is erased after it.', null=True, verbose_name='data are kept for, in months')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'organisation',
                'verbose_name_plural': 'organisations',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('retention_months', None), ('retention_months__range', (1, 360)), _connector='OR'), name='organisation_keeps_a_while', violation_error_message='From one month to 30 years.')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('owner', 'owner'), ('producer', 'producer'), ('treasurer', 'treasurer'), ('operator', 'operator')], max_length=12, verbose_name='role')),
                ('since_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='member')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='members.organisation', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'role in an organisation',
                'verbose_name_plural': 'roles in organisations',
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('role', models.CharField(choices=[('owner', 'owner'), ('producer', 'producer'), ('treasurer', 'treasurer'), ('operator', 'operator')], max_length=12, verbose_name='role')),
                ('state', models.CharField(choices=[('open', 'waiting for an answer'), ('accepted', 'accepted'), ('withdrawn', 'withdrawn')], default='open', max_length=10, verbose_name='state')),
                ('invited_at', models.DateTimeField(verbose_name='invited')),
                ('expires_at', models.DateTimeField(verbose_name='until')),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='StoredAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=255)),
                ('method', models.CharField(max_length=8)),
                ('path', models.CharField(max_length=300)),
                ('body_sha256', models.CharField(max_length=64)),
                ('claimed_at', models.DateTimeField(db_index=True)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('subject_model', models.CharField(max_length=60, verbose_name='of what')),
                ('subject_id', models.UUIDField(verbose_name='its id')),
                ('from_state', models.CharField(max_length=24, verbose_name='from')),
                ('to_state', models.CharField(max_length=24, verbose_name='to')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('why', models.CharField(blank=True, max_length=240, verbose_name='why')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by whom')),
            ],
            options={
                'verbose_name': 'move',
                'verbose_name_plural': 'history',
            },
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='member_email_once', violation_error_message='Somebody already has this e-mail address.'),
        ),
        migrations.AddConstraint(
            model_name='acceptance',
            constraint=models.UniqueConstraint(fields=('member', 'text'), name='acceptance_once'),
        ),
        migrations.AddConstraint(
            model_name='mailchoice',
            constraint=models.UniqueConstraint(fields=('member', 'kind'), name='mail_choice_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('organisation', 'member', 'role'), name='membership_role_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('organisation', 'email', 'role'), name='invitation_open_once'),
        ),
        migrations.AddConstraint(
            model_name='storedanswer',
            constraint=models.UniqueConstraint(fields=('member', 'key'), name='stored_answer_key_once'),
        ),
        migrations.AddIndex(
            model_name='transition',
            index=models.Index(fields=['subject_id', 'id'], name='transition_subject'),
        ),
        migrations.RunSQL((Path(__file__).parent / "guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
