"""The Celery application: it wakes workers. What is to be done is found in PostgreSQL by every job itself."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm.settings")

# Every sweep finds its work in PostgreSQL; a lost message costs at most one interval.
SWEEP_SECONDS = float(os.environ.get("SWEEP_SECONDS", "10"))
# One that waited longer has been followed by others. Not much less, since two machines' clocks may differ.
EXPIRES_SECONDS = max(SWEEP_SECONDS, 30)
NIGHTLY = crontab(hour=3, minute=17)
HOURLY = crontab(minute=41)

app = Celery("csm")
app.conf.update(
    broker_url=os.environ.get("REDIS_URL"),
    task_ignore_result=True,
    # A task is acknowledged when it is done, and redelivered when its worker dies: every task may run twice.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 600,
        # Without these two a task whose worker was killed comes back after minutes instead of seconds.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "priority_steps": list(range(10)),
        "queue_order_strategy": "priority",
    },
    # Below the visibility timeout, so that no task is handed out again while it still runs.
    task_time_limit=300,
    task_soft_time_limit=240,
    task_default_queue="default",
    # Talking to Stripe is waiting on the network: those tasks have a pool of threads of their own.
    task_routes={
        "payments.*": {"queue": "collecting"},
        "funding.end_overdue": {"queue": "collecting"},
        # Batches wake each other: they wait behind whatever is woken once an interval.
        "funding.collect": {"queue": "collecting", "priority": 5},
    },
    timezone="UTC",
    worker_hijack_root_logger=False,
    beat_schedule={
        **{
            name: {"task": name, "schedule": SWEEP_SECONDS, "options": {"expires": EXPIRES_SECONDS}}
            for name in (
                "funding.sweep",
                "campaigns.sweep",
                "orders.sweep",
                "payments.sweep",
                "csm.send_mails",
                "csm.heartbeat",
            )
        },
        "payments.reconcile": {"task": "payments.reconcile", "schedule": NIGHTLY},
        "funding.absorb_all": {"task": "funding.absorb_all", "schedule": NIGHTLY},
        "csm.forget_outlived": {"task": "csm.forget_outlived", "schedule": NIGHTLY},
        "csm.check_books": {"task": "csm.check_books", "schedule": HOURLY},
        "csm.forget": {"task": "csm.forget", "schedule": HOURLY},
    },
)
app.autodiscover_tasks(["payments", "funding", "campaigns", "orders", "csm"])
