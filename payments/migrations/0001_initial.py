from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import uuid6
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('stripe_transit', 'charged, on its way into the Stripe balance'), ('stripe_balance', 'Stripe balance'), ('bank', 'bank'), ('dispute_held', 'withheld in disputes'), ('fund', 'held for a fund'), ('refunds_owed', 'refunds on their way'), ('suspense', 'arrived without a home'), ('payable', 'owed for work, materials, machines and the rest'), ('organiser', "the organiser's own money"), ('fund_fees', "processor's fees of a fund"), ('other_fees', "processor's other fees")], max_length=20)),
                ('subject_id', models.UUIDField(null=True)),
                ('name', models.CharField(max_length=120)),
                ('currency', models.CharField(max_length=3)),
            ],
            options={
                'verbose_name': 'account',
                'verbose_name_plural': 'accounts',
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('payment_method_id', models.CharField(editable=False, max_length=64)),
                ('brand', models.CharField(max_length=24)),
                ('last4', models.CharField(max_length=4)),
                ('exp_month', models.PositiveSmallIntegerField()),
                ('exp_year', models.PositiveSmallIntegerField()),
                ('saved_at', models.DateTimeField(editable=False)),
            ],
            options={
                'verbose_name': 'saved card',
                'verbose_name_plural': 'saved cards',
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('customer_id', models.CharField(editable=False, max_length=64, null=True)),
                ('created_at', models.DateTimeField(editable=False)),
                ('erased_at', models.DateTimeField(editable=False, null=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CardSetup',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose_id', models.UUIDField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('prepared', 'being prepared'), ('open', 'waiting for the card'), ('complete', 'card saved'), ('expired', 'expired')], default='prepared', max_length=12)),
                ('session_id', models.CharField(editable=False, max_length=128, null=True)),
                ('url', models.TextField(blank=True, editable=False)),
                ('success_url', models.TextField()),
                ('cancel_url', models.TextField()),
                ('expires_at', models.DateTimeField()),
                ('mandate_version', models.CharField(max_length=24)),
                ('mandate_text', models.TextField()),
                ('accepted_at', models.DateTimeField()),
                ('accepted_from', models.GenericIPAddressField(null=True)),
                ('card', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.card')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.customer')),
            ],
        ),
        migrations.AddField(
            model_name='card',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='payments.customer'),
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('fact', models.CharField(max_length=40, verbose_name='fact')),
                ('external_id', models.CharField(max_length=128, verbose_name='of what')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('memo', models.CharField(blank=True, max_length=240, verbose_name='note')),
            ],
            options={
                'verbose_name': 'booking',
                'verbose_name_plural': 'bookings',
                'indexes': [models.Index(fields=['at'], name='entry_at')],
                'constraints': [models.UniqueConstraint(fields=('external_id', 'fact'), name='entry_fact_once')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose_id', models.UUIDField(verbose_name='number of what it is for')),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('description', models.CharField(max_length=200, verbose_name='what for')),
                ('state', models.CharField(choices=[('created', 'not asked for yet'), ('confirming', 'asked for'), ('processing', 'on its way'), ('succeeded', 'arrived'), ('canceled', 'cancelled')], default='created', max_length=12, verbose_name='state')),
                ('intent_id', models.CharField(editable=False, max_length=64, null=True, verbose_name='number at Stripe')),
                ('charge_id', models.CharField(blank=True, editable=False, max_length=64, verbose_name='charge at Stripe')),
                ('received_minor', models.BigIntegerField(default=0, verbose_name='arrived')),
                ('refunding_minor', models.BigIntegerField(default=0, verbose_name='returned or being returned')),
                ('disputed_minor', models.BigIntegerField(default=0, verbose_name='withdrawn by disputes')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('succeeded_at', models.DateTimeField(null=True, verbose_name='arrived at')),
                ('looked_up_at', models.DateTimeField(null=True, verbose_name='last looked up')),
                ('credit_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.account', verbose_name='goes to')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.customer')),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='payer')),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('dispute_id', models.CharField(editable=False, max_length=64, verbose_name='number at Stripe')),
                ('state', models.CharField(choices=[('inquiry', 'the bank asks; nothing withdrawn'), ('open', 'withdrawn; can be contested'), ('won', 'won; the money is back'), ('lost', 'lost')], max_length=12, verbose_name='state')),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('reason', models.CharField(max_length=64, verbose_name="the bank's reason")),
                ('evidence_due_at', models.DateTimeField(null=True, verbose_name='answer until')),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='payments.payment', verbose_name='payment')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
            },
        ),
        migrations.CreateModel(
            name='BalanceTransaction',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('transaction_id', models.CharField(editable=False, max_length=64)),
                ('kind', models.CharField(max_length=48, verbose_name='type')),
                ('source_id', models.CharField(blank=True, max_length=64)),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('fee_minor', models.BigIntegerField(verbose_name='fee')),
                ('currency', models.CharField(max_length=3)),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('available_at', models.DateTimeField(verbose_name='available')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='balance_transactions', to='payments.payment')),
            ],
            options={
                'verbose_name': 'Stripe booking',
                'verbose_name_plural': 'Stripe bookings',
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('on_session', models.BooleanField(default=False, verbose_name='payer was present')),
                ('state', models.CharField(choices=[('prepared', 'prepared'), ('sent', 'sent'), ('succeeded', 'succeeded'), ('declined', 'declined'), ('action_required', 'the bank asks the cardholder'), ('unknown', 'no answer yet'), ('lapsed', 'never reached the bank')], default='prepared', max_length=16, verbose_name='state')),
                ('decline_code', models.CharField(blank=True, max_length=64, verbose_name='why it was declined')),
                ('advice_code', models.CharField(blank=True, max_length=32, verbose_name='the bank’s advice')),
                ('message', models.CharField(blank=True, max_length=500, verbose_name='in Stripe’s words')),
                ('charge_id', models.CharField(blank=True, max_length=64, verbose_name='charge at Stripe')),
                ('action_url', models.TextField(blank=True, verbose_name='page of the bank')),
                ('prepared_at', models.DateTimeField(verbose_name='prepared')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ('card', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.card', verbose_name='card')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='payments.payment')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
                'ordering': ['payment', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='payments.account', verbose_name='account')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='payments.entry')),
            ],
            options={
                'verbose_name': 'posting',
                'verbose_name_plural': 'postings',
            },
        ),
        migrations.CreateModel(
            name='Receiver',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('currencies', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), size=None, verbose_name='currencies it settles in')),
                ('statement_name', models.CharField(max_length=22, verbose_name='name on card statements')),
                ('created_at', models.DateTimeField(editable=False, verbose_name='connected')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.organisation', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'receiving account',
                'verbose_name_plural': 'receiving accounts',
            },
        ),
        migrations.CreateModel(
            name='BankStatement',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('file_name', models.CharField(max_length=120, verbose_name='file')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('raw', models.BinaryField(null=True)),
                ('columns', models.JSONField(default=dict)),
                ('read_at', models.DateTimeField(verbose_name='read')),
                ('booked_at', models.DateTimeField(null=True, verbose_name='booked')),
                ('read_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='read by')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.receiver', verbose_name='received by')),
            ],
            options={
                'verbose_name': 'bank statement',
                'verbose_name_plural': 'bank statements',
            },
        ),
        migrations.CreateModel(
            name='BankReceipt',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('way', models.CharField(choices=[('transfer', 'bank transfer'), ('cash', 'cash'), ('cheque', 'cheque')], default='transfer', max_length=10, verbose_name='came by')),
                ('purpose_id', models.UUIDField(null=True)),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3)),
                ('bank_reference', models.CharField(max_length=120, verbose_name='reference of the line or receipt')),
                ('payer_name', models.CharField(blank=True, max_length=140, verbose_name='came from')),
                ('remittance', models.CharField(blank=True, max_length=240, verbose_name='what the payer wrote')),
                ('arrived_on', models.DateField(verbose_name='arrived on')),
                ('assigned_minor', models.BigIntegerField(default=0, verbose_name='assigned')),
                ('returned_minor', models.BigIntegerField(default=0, verbose_name='returned unassigned')),
                ('returned_how', models.CharField(blank=True, max_length=200, verbose_name='how it was returned')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.receiver', verbose_name='received by')),
            ],
            options={
                'verbose_name': 'arrival without a card',
                'verbose_name_plural': 'arrivals without a card',
            },
        ),
        migrations.CreateModel(
            name='BankDetails',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=70, verbose_name='account holder')),
                ('iban', models.CharField(max_length=34, verbose_name='IBAN')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC')),
                ('address', models.TextField(blank=True, max_length=400, verbose_name='address on invoices')),
                ('tax_note', models.CharField(blank=True, max_length=240, verbose_name='what invoices say about tax')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
                ('receiver', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bank_details', to='payments.receiver', verbose_name='receiving account')),
            ],
            options={
                'verbose_name': 'bank details',
                'verbose_name_plural': 'bank details',
            },
        ),
        migrations.AddField(
            model_name='account',
            name='receiver',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.receiver'),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(max_length=64, verbose_name='why')),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('state', models.CharField(choices=[('proposed', 'waits for a second person'), ('prepared', 'prepared'), ('sent', 'sent'), ('pending', 'on its way back'), ('succeeded', 'returned'), ('failed', 'the bank sent it back: still owed'), ('unknown', 'no answer yet'), ('by_hand', 'returned another way'), ('replaced', 'the bank sent it back: sent again as another refund'), ('declined', 'not returned: turned down, or the bank had taken it back')], default='prepared', max_length=12, verbose_name='state')),
                ('refund_id', models.CharField(editable=False, max_length=64, null=True, verbose_name='number at Stripe')),
                ('requested_at', models.DateTimeField(verbose_name='asked for')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='done')),
                ('next_try_at', models.DateTimeField(verbose_name='next try')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('failure', models.CharField(blank=True, max_length=200, verbose_name='why it failed')),
                ('by_hand_how', models.CharField(blank=True, max_length=200, verbose_name='how it was returned by hand')),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment', verbose_name='payment')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('stripe_account', models.CharField(editable=False, max_length=64, verbose_name='Stripe account')),
                ('livemode', models.BooleanField(editable=False, verbose_name='real money')),
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.CharField(editable=False, max_length=64, verbose_name='number at Stripe')),
                ('kind', models.CharField(max_length=80, verbose_name='type')),
                ('object_id', models.CharField(blank=True, max_length=128, verbose_name='about')),
                ('payload', models.JSONField(verbose_name='as it came')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('state', models.CharField(choices=[('received', 'received'), ('applied', 'applied'), ('ignored', 'of no concern'), ('failed', 'failed for good')], default='received', max_length=12, verbose_name='state')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('next_try_at', models.DateTimeField(verbose_name='next try')),
                ('error', models.TextField(blank=True, verbose_name='what went wrong')),
            ],
            options={
                'verbose_name': 'event from Stripe',
                'verbose_name_plural': 'events from Stripe',
                'indexes': [models.Index(condition=models.Q(('state', 'received')), fields=['next_try_at'], name='webhook_event_due')],
                'constraints': [models.UniqueConstraint(fields=('event_id', 'stripe_account', 'livemode'), name='webhook_event_once')],
            },
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, verbose_name='found by')),
                ('text', models.TextField(verbose_name='what is wrong')),
                ('raised_at', models.DateTimeField(verbose_name='raised')),
                ('seen_at', models.DateTimeField(verbose_name='last seen')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('explanation', models.TextField(blank=True, verbose_name='explanation')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
            ],
            options={
                'verbose_name': 'alarm',
                'verbose_name_plural': 'alarms',
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('key',), name='alarm_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose_id', models.UUIDField(db_index=True, verbose_name='number of what it is for')),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('state', models.CharField(choices=[('counted', 'counts'), ('owed', 'to be returned'), ('returned', 'returned')], default='counted', max_length=10, verbose_name='state')),
                ('assigned_at', models.DateTimeField(verbose_name='assigned')),
                ('returned_at', models.DateTimeField(null=True, verbose_name='returned')),
                ('returned_how', models.CharField(blank=True, max_length=200, verbose_name='how it was returned')),
                ('credit_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.account', verbose_name='goes to')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='payments.bankreceipt', verbose_name='arrival')),
            ],
            options={
                'verbose_name': 'assigned arrival',
                'verbose_name_plural': 'assigned arrivals',
                'indexes': [models.Index(condition=models.Q(('state', 'owed')), fields=['credit_account'], name='assignment_owed')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='assignment_positive')],
            },
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(fields=('member', 'stripe_account', 'livemode'), name='customer_member_once'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(fields=('customer_id', 'stripe_account', 'livemode'), name='customer_id_once'),
        ),
        migrations.AddIndex(
            model_name='cardsetup',
            index=models.Index(fields=['purpose_id'], name='card_setup_purpose'),
        ),
        migrations.AddIndex(
            model_name='cardsetup',
            index=models.Index(condition=models.Q(('state__in', ['prepared', 'open'])), fields=['expires_at'], name='card_setup_due'),
        ),
        migrations.AddConstraint(
            model_name='cardsetup',
            constraint=models.UniqueConstraint(fields=('session_id', 'stripe_account', 'livemode'), name='card_setup_session_once'),
        ),
        migrations.AddConstraint(
            model_name='cardsetup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'complete'), _negated=True), ('card__isnull', False), _connector='OR'), name='card_setup_complete_has_card'),
        ),
        migrations.AddConstraint(
            model_name='card',
            constraint=models.UniqueConstraint(fields=('payment_method_id', 'stripe_account', 'livemode'), name='card_once'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['credit_account'], name='payment_credit_account'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['charge_id'], name='payment_charge'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['succeeded_at'], name='payment_succeeded'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state__in', ['created', 'confirming', 'processing'])), fields=['created_at'], name='payment_unsettled'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('intent_id', 'stripe_account', 'livemode'), name='payment_intent_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'canceled'), _negated=True), fields=('purpose_id',), name='payment_live_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='payment_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunding_minor__gte', 0), ('refunding_minor__lte', models.F('received_minor'))), name='payment_refunds_within_received'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(fields=('dispute_id', 'stripe_account', 'livemode'), name='dispute_id_once'),
        ),
        migrations.AddConstraint(
            model_name='balancetransaction',
            constraint=models.UniqueConstraint(fields=('transaction_id', 'stripe_account', 'livemode'), name='balance_transaction_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('payment', 'number'), name='attempt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['prepared', 'sent', 'unknown'])), fields=('payment',), name='attempt_in_flight_once'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['account'], include=('amount_minor',), name='posting_balance'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor', 0), _negated=True), name='posting_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='receiver',
            constraint=models.UniqueConstraint(fields=('stripe_account', 'livemode'), name='receiver_account_once', violation_error_message='Another organisation already receives money with this Stripe account.'),
        ),
        migrations.AddConstraint(
            model_name='receiver',
            constraint=models.UniqueConstraint(fields=('organisation', 'livemode'), name='receiver_organisation_once'),
        ),
        migrations.AddIndex(
            model_name='bankreceipt',
            index=models.Index(fields=['purpose_id'], name='bank_receipt_purpose'),
        ),
        migrations.AddIndex(
            model_name='bankreceipt',
            index=models.Index(condition=models.Q(('amount_minor__gt', django.db.models.expressions.CombinedExpression(models.F('assigned_minor'), '+', models.F('returned_minor')))), fields=['receiver', 'arrived_on'], name='bank_receipt_free'),
        ),
        migrations.AddConstraint(
            model_name='bankreceipt',
            constraint=models.UniqueConstraint(fields=('receiver', 'bank_reference', 'arrived_on', 'amount_minor'), name='bank_receipt_once'),
        ),
        migrations.AddConstraint(
            model_name='bankreceipt',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='bank_receipt_positive'),
        ),
        migrations.AddConstraint(
            model_name='bankreceipt',
            constraint=models.CheckConstraint(condition=models.Q(('assigned_minor__gte', 0), ('returned_minor__gte', 0), ('amount_minor__gte', django.db.models.expressions.CombinedExpression(models.F('assigned_minor'), '+', models.F('returned_minor')))), name='bank_receipt_used_once'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('receiver', 'kind', 'subject_id', 'currency'), name='account_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('id', 'currency'), name='account_currency'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='account_currency_code'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('state__in', ['prepared', 'sent', 'unknown', 'pending', 'failed'])), fields=['next_try_at'], name='refund_due'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('payment', 'purpose'), name='refund_purpose_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('refund_id', 'stripe_account', 'livemode'), name='refund_id_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='refund_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='refund_two_people'),
        ),
        migrations.RunSQL((Path(__file__).parent / "guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
