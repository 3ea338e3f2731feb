//! What a recorder of metrics sees of connections, on a real link that is cut.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use relaismq::{AckMode, Connection, Event, FigureKind, Statistics};
use relaismq_tests::{proxy::Proxy, relais::Relais};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(30);

/// All that was recorded since the recorder began, by name and label.
struct Recorded {
    snapshotter: Snapshotter,
    counters: BTreeMap<String, u64>,
    gauges: BTreeMap<String, f64>,
}

impl Recorded {
    /// Each look empties what was recorded; gauges, too, are told by differences.
    fn look(&mut self) {
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let labels: Vec<&str> = key.key().labels().map(metrics::Label::value).collect();
            let name = format!("{}{}", key.key().name(), labels.join(","));
            match value {
                DebugValue::Counter(count) => *self.counters.entry(name).or_default() += count,
                DebugValue::Gauge(level) => {
                    *self.gauges.entry(name).or_default() += level.into_inner();
                }
                DebugValue::Histogram(_) => {}
            }
        }
    }

    fn counter(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or_default()
    }

    fn gauge(&self, name: &str) -> f64 {
        self.gauges.get(name).copied().unwrap_or_default()
    }

    /// Looks again and again until something is so.
    async fn until(&mut self, mut so: impl FnMut(&Self) -> bool) -> Result<()> {
        let looking = async {
            loop {
                self.look();
                if so(self) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        let in_time = timeout(SOON, looking).await;
        in_time.with_context(|| format!("{:?} {:?}", self.counters, self.gauges))
    }
}

/// Runs a test on this thread, under a recorder of its own.
fn recorded<F: Future<Output = Result<()>>>(test: impl FnOnce(Recorded) -> F) -> Result<()> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = Recorded { snapshotter, counters: BTreeMap::new(), gauges: BTreeMap::new() };
    metrics::with_local_recorder(&recorder, || runtime.block_on(test(found)))
}

#[test]
fn metrics_tell_what_statistics_tell_and_add_up_over_connections() -> Result<()> {
    recorded(async |mut recorded| {
        let broker = Relais::new().start().await?;
        let proxy = Proxy::start(&broker.url()?).await?;
        let uri = format!("failover:({})?initialReconnectDelay=10", proxy.url());
        let connections = [
            Connection::builder(&uri).connect().await?,
            Connection::builder(&uri).connect().await?,
        ];
        recorded.until(|it| it.gauge("relaismq_client_connected") == 2.0).await?;
        let [first, second] = &connections;
        let producer = first.producer("orders").build().await?;
        for number in 0..20 {
            producer.send(format!("{number}")).await?;
        }
        let builder = second.consumer("orders").ack(AckMode::Individual).prefetch(10);
        let mut consumer = builder.build().await?;
        for _ in 0..4 {
            consumer.receive_timeout(SOON).await?.context("a message")?.ack().await?;
        }
        let held = consumer.receive_timeout(SOON).await?.context("a message")?;
        recorded.until(|it| it.gauge("relaismq_client_held") == 1.0).await?;
        assert_eq!(recorded.gauge("relaismq_client_waiting"), 9.0);
        assert_eq!(recorded.counter("relaismq_client_confirmed_total"), 20);
        assert_eq!(recorded.counter("relaismq_client_acknowledged_total"), 4);
        cut(&proxy, second).await?;
        ensure!(held.ack().await.is_err(), "its link is gone");
        recorded.until(|it| it.counter("relaismq_client_stale_acks_total") == 1).await?;
        recorded.until(|it| it.counter("relaismq_client_reconnects_total") == 2).await?;
        for figure in Statistics::figures() {
            let mut sum = 0.0;
            for connection in &connections {
                sum += figure.read(&connection.statistics().await);
            }
            let name = figure.metric();
            recorded
                .until(|it| (it.value(figure.kind, &name) - sum).abs() < 1e-6)
                .await
                .context(name)?;
        }
        for connection in &connections {
            connection.close().await;
        }
        let gone = |it: &Recorded| {
            let mut gauges = Statistics::figures().iter().filter(|it| it.kind == FigureKind::Gauge);
            gauges.all(|figure| it.gauge(&figure.metric()) == 0.0)
        };
        recorded.until(gone).await?;
        assert_eq!(recorded.counter("relaismq_client_reconnects_total"), 2, "this stays");
        Ok(())
    })
}

impl Recorded {
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    fn value(&self, kind: FigureKind, name: &str) -> f64 {
        match kind {
            FigureKind::Counter => self.counter(name) as f64,
            _ => self.gauge(name),
        }
    }
}

#[test]
fn the_name_of_a_connection_is_a_label() -> Result<()> {
    recorded(async |mut recorded| {
        let broker = Relais::new().start().await?;
        let connection = Connection::builder(broker.url()?).name("billing").connect().await?;
        recorded.until(|it| it.gauge("relaismq_client_connectedbilling") == 1.0).await?;
        connection.close().await;
        Ok(())
    })
}

async fn cut(proxy: &Proxy, connection: &Connection) -> Result<()> {
    let mut events = connection.events();
    proxy.cut();
    let resumed = async {
        while let Some(event) = events.recv().await {
            if matches!(event, Event::Resumed { .. }) {
                return Ok(());
            }
        }
        anyhow::bail!("it has ended")
    };
    timeout(SOON, resumed).await?
}
