"""A transport for Kombu, so that Celery runs on ActiveMQ, with failover.

::

    import relaismq.kombu  # makes the URLs known

    app = Celery(broker="failover:(tcp://a:61616,tcp://b:61616)")

Without the import it is ``Celery(broker="failover:(…)", broker_transport="relaismq.kombu:Transport")``.
Needs ``pip install relaismq[kombu]``.
"""

from __future__ import annotations

from kombu.transport import TRANSPORT_ALIASES

from ._transport import Transport

__all__ = ["Transport"]

for _scheme in ("failover", "relaismq", "tcp", "ssl"):
    TRANSPORT_ALIASES.setdefault(_scheme, "relaismq.kombu:Transport")
