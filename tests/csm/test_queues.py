"""Which worker a task goes to."""

from __future__ import annotations

from csm.celery import app

# Those that talk to Stripe: they wait on the network, and must not stand in front of the others.
TALK_TO_STRIPE = {"payments.sweep", "payments.reconcile", "funding.collect", "funding.end_overdue"}


def test_what_talks_to_stripe_has_workers_of_its_own() -> None:
    app.loader.import_default_modules()
    ours = [name for name in app.tasks if not name.startswith("celery.")]
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in ours}
    assert {name for name, queue in queues.items() if queue == "collecting"} == TALK_TO_STRIPE
    assert set(queues.values()) == {"collecting", "default"}
