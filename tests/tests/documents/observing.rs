//! The page on what can be observed of a client.

use relaismq::{FigureKind, Statistics};

/// `docs/observing.md`.
pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| `Statistics` | metric | kind | meaning |\n|---|---|---|---|\n");
    for figure in Statistics::figures() {
        let kind = match figure.kind {
            FigureKind::Counter => "counter",
            FigureKind::Seconds => "seconds, as a gauge",
            _ => "gauge",
        };
        let (name, metric, meaning) = (figure.name, figure.metric(), figure.meaning);
        page.push_str(&format!("| `{name}` | `{metric}` | {kind} | {meaning} |\n"));
    }
    page.push_str(TAIL);
    page
}

const HEAD: &str = "\
# Seeing what a client does

Nobody pays for what nobody asked for: figures are a few additions, metrics a feature of the crate, spans of sends and messages are
at level debug, and traces are carried only where the application says which.

## Events, states and logs

`Connection::events` and `Connection::state` tell what happens, with reasons; see [failover.md](failover.md). The same events go to
`tracing`, as do warnings about the URI: losses and warnings at level warn, everything else at info.

## Figures and metrics

`Connection::statistics` gives all figures of one connection, also after its end; in Python `connection.statistics()`.

With the feature `metrics` of the crate (off by default), each connection tells them to the recorder of the crate
[`metrics`](https://docs.rs/metrics) that the program has installed *before* it connects, such as an exporter for Prometheus:

    relaismq = { version = \"…\", features = [\"metrics\"] }

Changes are told a quarter of a second after they happened, and at the end of the connection. The metrics of all connections of a
program add up. One that was given a name, `Connection::builder(…).name(\"billing\")`, has it as the label `connection`. Names and meanings are
part of the interface and change with a major version only. A test keeps this table as the code is.

";

const TAIL: &str = "
What to watch:

| if | then |
|---|---|
| `relaismq_client_connected` is below the number of connections for longer than a takeover takes | brokers cannot be reached, or refuse the login: the events say why |
| `relaismq_client_consumers_lost_total` rises | a consumer is gone for good; open it again |
| `relaismq_client_stale_acks_total`, `…_duplicates_total` rise with each reconnect | normal: those messages come again, flagged. If they rise without, something cuts links |
| `relaismq_client_in_doubt_total` or `…_unknown_total` rises | something may have been done or not; the errors have what |
| `relaismq_client_waiting` is at the prefetch for long | the application is slower than its messages come |
| `relaismq_client_held` grows | messages are received and not acknowledged |

## Spans

| span | level | fields | lasts |
|---|---|---|---|
| `connection` | info | `name`, `client_id` | as long as the connection's task; everything that it logs is inside |
| `send` | debug | `destination`, `session`, `producer`, `message_id`, `error` | from the call to its result; a child of the span in which the application sends |
| `process` | debug | `destination`, `message_id`, `session`, `consumer`, `epoch`, `delivery_count`, `traceparent` | while the handler of `listen` runs; for messages received otherwise, `Delivery::span` makes one |

That sessions, producers and consumers are opened is logged at level debug, with the same fields.

## Traces through messages

A message carries the W3C's `traceparent` and `tracestate` as properties of these names, as the Java agent of OpenTelemetry writes and reads
them. `Message::trace_context` and `Received::trace_context` set and read them; to have every message carry the trace that it is sent in:

```rust,ignore
use opentelemetry::global;
use tracing_opentelemetry::OpenTelemetrySpanExt;

let connection = Connection::builder(uri)
    .trace_context(|| {
        let mut carrier = std::collections::HashMap::new();
        global::get_text_map_propagator(|it| {
            it.inject_context(&tracing::Span::current().context(), &mut carrier);
        });
        let context = TraceContext::new(carrier.remove(\"traceparent\")?).ok()?;
        Some(context.with_state(carrier.remove(\"tracestate\").unwrap_or_default()))
    })
    .connect()
    .await?;
```

On the other side, `delivery.span()` and the propagator's `extract` with `trace_context()` make the handler's span a child of the sender's. In Python both
are `opentelemetry.propagate`:

```python
connection = relaismq.connect(uri, trace_context=opentelemetry.propagate.inject)
for message in connection.consumer(\"orders\"):
    context = opentelemetry.propagate.extract(message.trace_context)
```

What the callback says takes the place of what the message carried before, so that a message that is sent on belongs to the trace of whoever sends it on; where it
says nothing, that stays.
";
