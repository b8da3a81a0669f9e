from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid6
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('facilities', '0001_initial'),
        ('funding', '0001_initial'),
        ('members', '0001_initial'),
        ('products', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('slug', models.SlugField(max_length=60, unique=True, verbose_name='short name in addresses')),
                ('summary', models.CharField(max_length=240, verbose_name='in one sentence')),
                ('story', models.TextField(verbose_name='story, in Markdown')),
                ('story_html', models.TextField(editable=False)),
                ('video_url', models.URLField(blank=True, verbose_name='film, as a link')),
                ('team', models.TextField(blank=True, verbose_name='who does it, in Markdown')),
                ('team_html', models.TextField(blank=True, editable=False)),
                ('risks', models.TextField(blank=True, verbose_name='what can go wrong, in Markdown')),
                ('risks_html', models.TextField(blank=True, editable=False)),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('minimum_minor', models.BigIntegerField(help_text='If less is promised by the deadline, nobody is charged. If less arrives, everything goes back.', verbose_name='minimum that decides')),
                ('goal_minor', models.BigIntegerField(help_text='What everything costs: the budget adds up to it.', verbose_name='goal')),
                ('deadline_at', models.DateTimeField(verbose_name='deadline')),
                ('window_minutes', models.PositiveIntegerField(default=10080, verbose_name='time to mend a card, in minutes')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('stage', models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('approved', 'approved'), ('launched', 'launched')], default='draft', editable=False, max_length=10, verbose_name='stage')),
                ('launch_at', models.DateTimeField(blank=True, null=True, verbose_name='launches by itself at')),
                ('launch_refused_at', models.DateTimeField(editable=False, null=True)),
                ('preview_key', models.CharField(blank=True, editable=False, max_length=43)),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility', verbose_name='workshop')),
                ('fund', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.fund', verbose_name='collection')),
                ('reviewed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('submitted_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent to review by')),
            ],
            options={
                'verbose_name': 'campaign',
                'verbose_name_plural': 'campaigns',
                'ordering': ['-id'],
                'permissions': [('review_campaign', 'Approve campaigns before their launch')],
            },
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='entry', serialize=False, to='campaigns.campaign')),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('plain', models.TextField()),
            ],
            options={
                'verbose_name': 'search entry',
                'verbose_name_plural': 'search entries',
            },
        ),
        migrations.CreateModel(
            name='BudgetLine',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('machine', 'machine'), ('building', 'building'), ('material', 'material'), ('labour', 'labour'), ('organising', 'organising'), ('rewards', 'rewards'), ('fees', 'card fees'), ('losses', 'cards that fail'), ('tax', 'tax'), ('reserve', 'reserve')], max_length=10, verbose_name='kind')),
                ('label', models.CharField(max_length=120, verbose_name='what for')),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('is_required', models.BooleanField(default=True, verbose_name='needed to begin')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('machine', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.machine', verbose_name='planned machine that it buys')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='budget', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'budget line',
                'verbose_name_plural': 'budget',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('comment', 'comment'), ('question', 'question')], default='comment', max_length=8, verbose_name='kind')),
                ('text', models.TextField(max_length=2000, verbose_name='text')),
                ('is_from_producer', models.BooleanField(default=False, verbose_name='by the workshop')),
                ('form_key', models.UUIDField()),
                ('state', models.CharField(choices=[('visible', 'visible'), ('hidden', 'hidden'), ('deleted', 'deleted by its author')], default='visible', max_length=8, verbose_name='state')),
                ('hidden_because', models.CharField(blank=True, max_length=200, verbose_name='why it is hidden')),
                ('written_at', models.DateTimeField(verbose_name='written')),
                ('edited_at', models.DateTimeField(null=True, verbose_name='changed')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign', verbose_name='campaign')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='campaigns.comment', verbose_name='reply to')),
            ],
            options={
                'verbose_name': 'comment',
                'verbose_name_plural': 'comments and questions',
                'permissions': [('moderate_comments', 'Hide and restore what members write, on every campaign')],
            },
        ),
        migrations.CreateModel(
            name='Faq',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('question', models.CharField(max_length=200, verbose_name='question')),
                ('answer', models.TextField(verbose_name='answer, in Markdown')),
                ('answer_html', models.TextField(editable=False)),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='faq', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'question and answer',
                'verbose_name_plural': 'questions and answers',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='FeeAgreement',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('goal_minor', models.BigIntegerField(verbose_name='goal')),
                ('text', models.TextField(verbose_name='agreed to')),
                ('agreed_at', models.DateTimeField(verbose_name='agreed')),
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='agreement', to='campaigns.campaign', verbose_name='campaign')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agreed by')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation', verbose_name='bears lost fees')),
            ],
            options={
                'verbose_name': 'agreement about lost fees',
                'verbose_name_plural': 'agreements about lost fees',
            },
        ),
        migrations.CreateModel(
            name='Following',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('news', models.BooleanField(default=False, verbose_name='wants its news')),
                ('launch', models.BooleanField(default=False, verbose_name='wants to hear of its launch')),
                ('end', models.BooleanField(default=False, verbose_name='wants to be reminded before its end')),
                ('since_at', models.DateTimeField(verbose_name='since')),
                ('launch_told_at', models.DateTimeField(null=True)),
                ('end_told_at', models.DateTimeField(null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign', verbose_name='campaign')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='member')),
            ],
            options={
                'verbose_name': 'follower',
                'verbose_name_plural': 'followers',
            },
        ),
        migrations.CreateModel(
            name='InKind',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('equipment', 'equipment'), ('land', 'land or rooms'), ('labour', 'work')], max_length=10, verbose_name='kind')),
                ('title', models.CharField(max_length=120, verbose_name='what it is')),
                ('text', models.TextField(blank=True, max_length=1000, verbose_name='in a few words: condition, size, hours, when')),
                ('is_anonymous', models.BooleanField(default=False, verbose_name='not shown by name')),
                ('state', models.CharField(choices=[('offered', 'offered'), ('accepted', 'accepted'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], default='offered', max_length=10, verbose_name='state')),
                ('valued_minor', models.BigIntegerField(blank=True, null=True, verbose_name='valued at')),
                ('words', models.CharField(blank=True, max_length=240, verbose_name='what the producer says to it')),
                ('offered_at', models.DateTimeField(verbose_name='offered')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='in_kind', to='campaigns.campaign', verbose_name='campaign')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='offered by')),
            ],
            options={
                'verbose_name': 'offer in kind',
                'verbose_name_plural': 'offers in kind',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='OtherMoney',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('takes_transfers', models.BooleanField(default=False, verbose_name='takes bank transfers')),
                ('takes_cash', models.BooleanField(default=False, verbose_name='takes cash')),
                ('takes_cheques', models.BooleanField(default=False, verbose_name='takes cheques')),
                ('takes_invoices', models.BooleanField(default=False, verbose_name='sends invoices, to municipalities and firms')),
                ('invoice_minimum_minor', models.BigIntegerField(default=0, verbose_name='smallest invoice')),
                ('longest_days', models.PositiveSmallIntegerField(default=30, verbose_name='longest time to pay, in days')),
                ('takes_in_kind', models.BooleanField(default=False, verbose_name='takes offers in kind')),
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='other_money', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'money without a card',
                'verbose_name_plural': 'money without a card',
            },
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('large', models.FileField(upload_to='')),
                ('small', models.FileField(upload_to='')),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('small_width', models.PositiveIntegerField()),
                ('alt', models.CharField(max_length=200, verbose_name='what it shows, for those who do not see it')),
                ('is_cover', models.BooleanField(default=False, verbose_name='stands on top')),
                ('added_at', models.DateTimeField(verbose_name='added')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pictures', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Pledge',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('is_anonymous', models.BooleanField(default=False, verbose_name='not shown by name')),
                ('form_key', models.UUIDField()),
                ('created_at', models.DateTimeField(verbose_name='promised')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pledges', to='campaigns.campaign', verbose_name='campaign')),
                ('commitment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.commitment', verbose_name='promise')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='member')),
            ],
            options={
                'verbose_name': 'support',
                'verbose_name_plural': 'support',
            },
        ),
        migrations.CreateModel(
            name='Gift',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='for whom')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='their e-mail address')),
                ('message', models.CharField(blank=True, max_length=500, verbose_name='what you say to them')),
                ('sent_at', models.DateTimeField(null=True)),
                ('pledge', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='gift', to='campaigns.pledge', verbose_name='support')),
            ],
            options={
                'verbose_name': 'gift',
                'verbose_name_plural': 'gifts',
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(choices=[('spam', 'advertising'), ('abuse', 'insulting or threatening'), ('private', 'tells something private about somebody'), ('unlawful', 'against the law'), ('other', 'something else')], max_length=10, verbose_name='why')),
                ('words', models.CharField(blank=True, max_length=300, verbose_name='in their words')),
                ('state', models.CharField(choices=[('open', 'open'), ('upheld', 'acted on'), ('dismissed', 'nothing wrong found')], default='open', max_length=10, verbose_name='state')),
                ('reported_at', models.DateTimeField(verbose_name='reported')),
                ('comment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='campaigns.comment', verbose_name='comment')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reported by')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
            },
        ),
        migrations.CreateModel(
            name='Spending',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('evidence', models.CharField(max_length=120, verbose_name='evidence: invoice, receipt')),
                ('spent_on', models.DateField(verbose_name='paid on')),
                ('recorded_at', models.DateTimeField(verbose_name='written down')),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spendings', to='campaigns.budgetline', verbose_name='budget line')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written down by')),
            ],
            options={
                'verbose_name': 'spending',
                'verbose_name_plural': 'spending',
                'ordering': ['spent_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='StretchGoal',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField(verbose_name='from')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('unlocks', models.CharField(max_length=300, verbose_name='what it makes possible')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stretch_goals', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'stretch goal',
                'verbose_name_plural': 'stretch goals',
                'ordering': ['amount_minor'],
            },
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('text', models.CharField(max_length=300, verbose_name='what the supporter gets')),
                ('amount_minor', models.BigIntegerField(verbose_name='from')),
                ('cap', models.PositiveIntegerField(blank=True, null=True, verbose_name='how many there are (empty: no limit)')),
                ('taken', models.PositiveIntegerField(default=0, editable=False, verbose_name='taken')),
                ('units', models.PositiveIntegerField(default=0, verbose_name='how many pieces of it')),
                ('gives', models.CharField(choices=[('thanks', 'thanks'), ('membership', 'an invitation to apply for membership'), ('machine_hours', 'hours at a machine'), ('product', 'pieces of an open design'), ('shares', 'shares in the workshop')], default='thanks', max_length=16, verbose_name='what it gives')),
                ('hours', models.PositiveIntegerField(default=0, verbose_name='how many hours at a machine')),
                ('handing', models.CharField(choices=[('nothing', 'nothing to hand over'), ('collect', 'collected at the workshop'), ('shipped', 'sent by post')], default='nothing', max_length=8, verbose_name='handed over')),
                ('estimated_on', models.DateField(blank=True, null=True, verbose_name='delivery, estimated (any day of the month)')),
                ('available_until_at', models.DateTimeField(blank=True, null=True, verbose_name='only until (empty: until the deadline)')),
                ('withdrawal_days', models.PositiveSmallIntegerField(default=14, verbose_name='right of withdrawal, in days after it was received (0: none)')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tiers', to='campaigns.campaign', verbose_name='campaign')),
                ('revision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='products.revision', verbose_name='made to this design')),
            ],
            options={
                'verbose_name': 'reward',
                'verbose_name_plural': 'rewards',
                'ordering': ['position', 'amount_minor'],
            },
        ),
        migrations.CreateModel(
            name='ShippingRate',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('countries', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), blank=True, default=list, size=None, verbose_name='countries, such as DE, AT, CH or EU (empty: everywhere else)')),
                ('first_minor', models.BigIntegerField(verbose_name='the first')),
                ('more_minor', models.BigIntegerField(default=0, verbose_name='each more')),
                ('tier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='campaigns.tier', verbose_name='reward')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'delivery',
            },
        ),
        migrations.CreateModel(
            name='PledgeLine',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField(verbose_name='how many')),
                ('unit_minor', models.BigIntegerField(verbose_name='each')),
                ('shipping_minor', models.BigIntegerField(default=0, verbose_name='delivery')),
                ('holds', models.BooleanField(default=False)),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='campaigns.pledge', verbose_name='support')),
                ('tier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='campaigns.tier', verbose_name='reward')),
            ],
            options={
                'verbose_name': 'reward chosen',
                'verbose_name_plural': 'rewards chosen',
            },
        ),
        migrations.CreateModel(
            name='Update',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('text', models.TextField(verbose_name='text, in Markdown')),
                ('text_html', models.TextField(editable=False)),
                ('audience', models.CharField(choices=[('public', 'everybody'), ('backers', 'supporters only')], default='public', max_length=8, verbose_name='who may read it')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('published', 'published')], default='draft', editable=False, max_length=10, verbose_name='state')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='published')),
                ('mailed_through', models.UUIDField(editable=False, null=True)),
                ('mailed_at', models.DateTimeField(editable=False, null=True, verbose_name='everybody told')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='updates', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'news',
                'verbose_name_plural': 'news',
                'ordering': ['-published_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField(verbose_name='to be returned')),
                ('said', models.TextField(verbose_name='what was declared')),
                ('declared_at', models.DateTimeField(verbose_name='declared')),
                ('state', models.CharField(choices=[('declared', 'declared'), ('returned', 'accepted, the money goes back'), ('refused', 'refused')], default='declared', max_length=8, verbose_name='state')),
                ('pledge', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='campaigns.pledge', verbose_name='support')),
            ],
            options={
                'verbose_name': 'withdrawal from a contract',
                'verbose_name_plural': 'withdrawals from contracts',
            },
        ),
        migrations.AddIndex(
            model_name='campaign',
            index=models.Index(condition=models.Q(('launch_refused_at', None), ('stage', 'approved')), fields=['launch_at'], name='campaign_to_launch'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fund__isnull', False), ('stage', 'launched')), models.Q(models.Q(('stage', 'launched'), _negated=True), ('fund', None)), _connector='OR'), name='campaign_launched_has_fund'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('stage__in', ['approved', 'launched']), _negated=True), models.Q(('reviewed_by__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='campaign_approved_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('reviewed_by', None), models.Q(('reviewed_by', models.F('submitted_by')), _negated=True), _connector='OR'), name='campaign_two_people'),
        ),
        migrations.AddConstraint(
            model_name='budgetline',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='budget_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='budgetline',
            constraint=models.CheckConstraint(condition=models.Q(('machine', None), ('kind', 'machine'), _connector='OR'), name='budget_machine_of_its_kind'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('parent', None)), fields=['campaign', '-id'], name='comment_thread'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent', 'id'], name='comment_reply'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['member', '-written_at'], name='comment_member'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('answered_at', None), ('kind', 'question'), ('state', 'visible')), fields=['campaign'], name='comment_unanswered'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(fields=('member', 'form_key'), name='comment_form_once'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'hidden'), ('hidden_because', ''), _connector='XOR'), name='comment_hidden_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'deleted'), _negated=True), ('text', ''), _connector='OR'), name='comment_deleted_is_gone'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('answered_at', None), ('kind', 'comment')), _connector='OR'), name='comment_reply_asks_nothing'),
        ),
        migrations.AddIndex(
            model_name='following',
            index=models.Index(condition=models.Q(('launch', True), ('launch_told_at', None)), fields=['campaign'], name='following_launch'),
        ),
        migrations.AddIndex(
            model_name='following',
            index=models.Index(condition=models.Q(('end', True), ('end_told_at', None)), fields=['campaign'], name='following_end'),
        ),
        migrations.AddConstraint(
            model_name='following',
            constraint=models.UniqueConstraint(fields=('campaign', 'member'), name='following_once'),
        ),
        migrations.AddConstraint(
            model_name='inkind',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), models.Q(('valued_minor__gte', 0), ('valued_minor__isnull', False)), _connector='OR'), name='in_kind_accepted_is_valued'),
        ),
        migrations.AddConstraint(
            model_name='othermoney',
            constraint=models.CheckConstraint(condition=models.Q(('invoice_minimum_minor__gte', 0), ('longest_days__gte', 1), ('longest_days__lte', 60)), name='other_money_bounded'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.UniqueConstraint(condition=models.Q(('is_cover', True)), fields=('campaign',), name='picture_cover_once'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.CheckConstraint(condition=models.Q(('alt', ''), _negated=True), name='picture_says_what_it_shows'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(fields=['campaign', '-id'], name='pledge_campaign'),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(fields=['campaign', 'member'], name='pledge_supporter'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.UniqueConstraint(fields=('member', 'form_key'), name='pledge_form_once'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['comment'], name='report_open'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['member', '-reported_at'], name='report_member'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('comment', 'member'), name='report_once'),
        ),
        migrations.AddConstraint(
            model_name='spending',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor', 0), _negated=True), name='spending_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='stretchgoal',
            constraint=models.UniqueConstraint(fields=('campaign', 'amount_minor'), name='stretch_amount_once'),
        ),
        migrations.AddConstraint(
            model_name='stretchgoal',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='stretch_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='tier_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(('cap', None), ('taken__lte', models.F('cap')), _connector='OR'), name='tier_taken_within_cap'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revision', None), ('units', 0)), models.Q(('revision__isnull', False), ('units__gt', 0)), _connector='OR'), name='tier_units_of_a_revision'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('gives', 'product'), ('revision__isnull', False)), models.Q(models.Q(('gives', 'product'), _negated=True), ('revision', None)), _connector='OR'), models.Q(models.Q(('gives', 'machine_hours'), ('hours__gt', 0)), models.Q(models.Q(('gives', 'machine_hours'), _negated=True), ('hours', 0)), _connector='OR')), name='tier_gives_what_it_says'),
        ),
        migrations.AddConstraint(
            model_name='shippingrate',
            constraint=models.CheckConstraint(condition=models.Q(('first_minor__gte', 0), ('more_minor__gte', 0)), name='rate_of_delivery_real'),
        ),
        migrations.AddIndex(
            model_name='pledgeline',
            index=models.Index(condition=models.Q(('holds', True)), fields=['id'], name='pledge_line_held'),
        ),
        migrations.AddConstraint(
            model_name='pledgeline',
            constraint=models.UniqueConstraint(fields=('pledge', 'tier'), name='pledge_line_once'),
        ),
        migrations.AddConstraint(
            model_name='pledgeline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('shipping_minor__gte', 0), ('unit_minor__gt', 0)), name='pledge_line_real'),
        ),
        migrations.AddIndex(
            model_name='update',
            index=models.Index(fields=['campaign', '-published_at'], name='update_campaign'),
        ),
        migrations.AddIndex(
            model_name='update',
            index=models.Index(condition=models.Q(('mailed_at', None), ('state', 'published')), fields=['published_at'], name='update_untold'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('state', 'draft')), models.Q(('published_at__isnull', False), ('state', 'published')), _connector='OR'), name='update_published_has_time'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='withdrawal_returns_something'),
        ),
        migrations.RunSQL((Path(__file__).parent / "guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL((Path(__file__).parent / "search.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
