from pathlib import Path

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0001_initial'),
        ('payments', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('backing', models.CharField(choices=[('card', 'saved card'), ('transfer', 'written promise of a transfer'), ('fund', "another fund's balance")], default='card', max_length=8, verbose_name='backed by')),
                ('title', models.CharField(blank=True, max_length=160, verbose_name='title')),
                ('page_path', models.CharField(blank=True, max_length=200, verbose_name='its page')),
                ('maximum_minor', models.BigIntegerField(verbose_name='at most')),
                ('amount_minor', models.BigIntegerField(null=True, verbose_name='amount')),
                ('counted_minor', models.BigIntegerField(null=True, verbose_name='counts towards the minimum')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('state', models.CharField(choices=[('draft', 'not finished: the card is not saved yet'), ('secured', 'promised: card saved, nothing charged'), ('charging', 'being charged'), ('action_required', 'your bank asks you to confirm'), ('declined', 'your card was declined'), ('paid', 'arrived'), ('abandoned', 'never finished'), ('withdrawn', 'withdrawn'), ('released', 'released, never charged'), ('dropped', 'dropped: no card could be charged in time')], default='draft', max_length=16, verbose_name='state')),
                ('reference', models.CharField(blank=True, max_length=40, verbose_name='reference')),
                ('transferred_minor', models.BigIntegerField(default=0, verbose_name='arrived without a card')),
                ('due_at', models.DateTimeField(null=True, verbose_name='waited for until')),
                ('created_at', models.DateTimeField(verbose_name='made')),
                ('draft_expires_at', models.DateTimeField(null=True)),
                ('secured_at', models.DateTimeField(null=True, verbose_name='card saved')),
                ('next_try_at', models.DateTimeField(null=True, verbose_name='next try')),
                ('claimed_until_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('card_exhausted', models.BooleanField(default=False)),
                ('announced_at', models.DateTimeField(null=True)),
                ('extension_told_at', models.DateTimeField(null=True)),
                ('outcome_told_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True, verbose_name='last reminded')),
                ('reminders', models.PositiveSmallIntegerField(default=0, verbose_name='reminders')),
                ('card', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.card', verbose_name='card')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='member')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation', verbose_name='on behalf of')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment', verbose_name='payment')),
                ('setup', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.cardsetup')),
            ],
            options={
                'verbose_name': 'promise',
                'verbose_name_plural': 'promises',
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('maximum_minor', models.BigIntegerField()),
                ('text_version', models.CharField(max_length=24)),
                ('text', models.TextField()),
                ('given_at', models.DateTimeField()),
                ('given_from', models.GenericIPAddressField(null=True)),
                ('commitment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='funding.commitment')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
            },
        ),
        migrations.CreateModel(
            name='Fund',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('support', 'support'), ('order', 'order')], default='support', max_length=8, verbose_name='kind')),
                ('title', models.CharField(max_length=160, verbose_name='title')),
                ('page_path', models.CharField(max_length=200, verbose_name='its page')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('minimum_minor', models.BigIntegerField(verbose_name='minimum')),
                ('goal_minor', models.BigIntegerField(verbose_name='goal')),
                ('required_minor', models.BigIntegerField(null=True, verbose_name='must arrive')),
                ('deadline_at', models.DateTimeField(verbose_name='deadline')),
                ('window_minutes', models.PositiveIntegerField(default=10080, verbose_name='time to mend a card, in minutes')),
                ('window_ends_at', models.DateTimeField(null=True, verbose_name='time to mend a card ends')),
                ('fills_gap', models.BooleanField(default=False, verbose_name='takes support while cards are mended')),
                ('takes_late', models.BooleanField(default=False, verbose_name='takes support after success')),
                ('state', models.CharField(choices=[('open', 'open'), ('closing', 'closing'), ('calling', 'waiting for transfers, no card charged yet'), ('collecting', 'collecting'), ('met', 'reached'), ('missed', 'not reached, nobody was charged'), ('cancelled', 'cancelled, nobody was charged'), ('refunding', 'returning everything'), ('refunded', 'everything returned'), ('settled', 'accounted for')], default='open', max_length=12, verbose_name='state')),
                ('outcome', models.CharField(blank=True, choices=[('', 'open'), ('met', 'reached'), ('missed', 'not reached'), ('cancelled', 'cancelled')], default='', max_length=12, verbose_name='outcome')),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('extended_at', models.DateTimeField(editable=False, null=True, verbose_name='deadline extended')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='accounted for')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.account', verbose_name='account in the books')),
                ('fee_bearer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation', verbose_name='bears lost fees')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.receiver', verbose_name='receiving account')),
            ],
            options={
                'verbose_name': 'collection',
                'verbose_name_plural': 'collections',
            },
        ),
        migrations.AddField(
            model_name='commitment',
            name='fund',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='funding.fund', verbose_name='for'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='source_fund',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.fund'),
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('seller', models.CharField(max_length=120, verbose_name='from')),
                ('seller_address', models.TextField(blank=True, verbose_name='address')),
                ('tax_note', models.CharField(blank=True, max_length=240, verbose_name='what it says about tax')),
                ('holder', models.CharField(max_length=70, verbose_name='account holder')),
                ('iban', models.CharField(max_length=34, verbose_name='IBAN')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC')),
                ('issued_at', models.DateTimeField(verbose_name='issued')),
                ('commitment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='invoice', to='funding.commitment', verbose_name='promise')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.receiver')),
            ],
            options={
                'verbose_name': 'invoice',
                'verbose_name_plural': 'invoices',
            },
        ),
        migrations.CreateModel(
            name='InvoiceCounter',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('last', models.PositiveIntegerField(default=0)),
                ('receiver', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.receiver')),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('secured', 'promised'), ('collected', 'arrived')], max_length=10)),
                ('amount_minor', models.BigIntegerField()),
                ('promises', models.IntegerField()),
                ('fund', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.fund')),
            ],
        ),
        migrations.CreateModel(
            name='WrittenPromise',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('way', models.CharField(choices=[('transfer', 'bank transfer'), ('cash', 'cash'), ('cheque', 'cheque'), ('invoice', 'transfer against an invoice')], max_length=10, verbose_name='paid by')),
                ('payer_name', models.CharField(max_length=120, verbose_name='who pays')),
                ('payer_address', models.TextField(blank=True, max_length=400, verbose_name='address')),
                ('purchase_order', models.CharField(blank=True, max_length=40, verbose_name='purchase-order number')),
                ('pay_within_days', models.PositiveSmallIntegerField(verbose_name='days to pay, from the call')),
                ('confirmed_minor', models.BigIntegerField(null=True, verbose_name='confirmed up to')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed')),
                ('commitment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='written', to='funding.commitment', verbose_name='promise')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
            ],
            options={
                'verbose_name': 'written promise',
                'verbose_name_plural': 'written promises',
            },
        ),
        migrations.AddIndex(
            model_name='fund',
            index=models.Index(condition=models.Q(('state__in', ['open', 'closing', 'calling', 'collecting', 'refunding'])), fields=['deadline_at'], name='fund_alive'),
        ),
        migrations.AddConstraint(
            model_name='fund',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_minor__gt', 0)), name='fund_minimum_positive'),
        ),
        migrations.AddConstraint(
            model_name='fund',
            constraint=models.CheckConstraint(condition=models.Q(('goal_minor__gte', models.F('minimum_minor'))), name='fund_goal_reaches_minimum'),
        ),
        migrations.AddConstraint(
            model_name='fund',
            constraint=models.CheckConstraint(condition=models.Q(('required_minor', None), ('required_minor__gte', models.F('minimum_minor')), _connector='OR'), name='fund_required_reaches_minimum'),
        ),
        migrations.AddConstraint(
            model_name='fund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['collecting', 'met', 'refunding', 'refunded', 'settled']), _negated=True), models.Q(('required_minor__isnull', False), ('window_ends_at__isnull', False)), _connector='OR'), name='fund_collecting_has_terms'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(fields=['fund', 'state'], name='commitment_fund_state'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(fields=['member', '-id'], name='commitment_member'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(condition=models.Q(('state__in', ['charging', 'action_required', 'declined'])), fields=['next_try_at', 'id'], name='commitment_due'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(condition=models.Q(('outcome_told_at', None), ('state__in', ['paid', 'released', 'dropped'])), fields=['id'], name='commitment_untold'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(condition=models.Q(('state', 'draft')), fields=['draft_expires_at'], name='commitment_draft_due'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('maximum_minor__gt', 0)), name='commitment_maximum_positive'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor', None), models.Q(('amount_minor__gt', 0), ('amount_minor__lte', models.F('maximum_minor'))), _connector='OR'), name='commitment_amount_within_maximum'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('counted_minor', None), models.Q(('counted_minor__gte', 0), ('counted_minor__lte', models.F('amount_minor'))), _connector='OR'), name='commitment_counted_within_amount'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['charging', 'action_required', 'declined', 'paid', 'dropped']), _negated=True), models.Q(('amount_minor__isnull', False), ('counted_minor__isnull', False)), _connector='OR'), name='commitment_charged_has_amount'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('transferred_minor', 0), models.Q(('amount_minor__isnull', False), ('backing', 'transfer'), ('transferred_minor__gt', 0), ('transferred_minor__lte', models.F('amount_minor'))), _connector='OR'), name='commitment_transferred_within_amount'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'abandoned']), models.Q(('backing', 'card'), _negated=True), ('card__isnull', False), _connector='OR'), name='commitment_secured_has_backing'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('backing', 'fund'), ('source_fund__isnull', False)), models.Q(models.Q(('backing', 'fund'), _negated=True), ('source_fund', None)), _connector='OR'), name='commitment_fund_has_source'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('reference',), name='commitment_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('receiver', 'number'), name='invoice_number_once'),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(fields=['fund', 'kind'], include=('amount_minor', 'promises'), name='tally_sum'),
        ),
        migrations.AddConstraint(
            model_name='writtenpromise',
            constraint=models.CheckConstraint(condition=models.Q(('pay_within_days__gte', 1), ('pay_within_days__lte', 60)), name='written_days_bounded'),
        ),
        migrations.AddConstraint(
            model_name='writtenpromise',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None), ('confirmed_minor', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), ('confirmed_minor__gt', 0)), _connector='OR'), name='written_confirmed_by_somebody'),
        ),
        migrations.RunSQL((Path(__file__).parent / "guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
