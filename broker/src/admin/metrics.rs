//! `/metrics` in Prometheus' text format, with the names that Prometheus' JMX exporter gives ActiveMQ's figures, so
//! that dashboards made for those show ours.
//!
//! A slave says that it is one, and nothing of messages, which it does not know.

use std::fmt::{Display, Write as _};

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use relaismq_openwire::destination::Kind;

use super::{Admin, api::node::term_of};
use crate::{
    engine::io::{DestinationReport, Figures, Question, Report},
    replica::Company,
};

/// Destinations of each kind: more would be more than a Prometheus should keep.
const MOST_DESTINATIONS: usize = 1000;

pub(super) async fn metrics(State(admin): State<Admin>) -> Response {
    let mut page = Page::default();
    of_node(&admin, &mut page);
    if let Some(Report::Figures(figures)) = admin.ask(Question::Figures).await {
        of_broker(&figures, &mut page);
        for (kind, name) in [(Kind::Queue, "queue"), (Kind::Topic, "topic")] {
            let question = Question::Destinations { kind, after: None, limit: MOST_DESTINATIONS };
            if let Some(Report::Destinations(all, _)) = admin.ask(question).await {
                of_destinations(name, &all, figures.queue_memory_limit, &mut page);
            }
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.0).into_response()
}

fn of_node(admin: &Admin, page: &mut Page) {
    let term = term_of(&admin.desk.standing().role);
    page.one("relaismq_master", "1 on the master, 0 on others", u8::from(term.is_some()));
    if let Some(term) = term {
        page.one("relaismq_term", "Which time of being the master this is", term);
    }
    page.one("relaismq_uptime_seconds", "Since the start", admin.desk.uptime().as_secs());
    if let Some(company) = admin.desk.company() {
        of_company(&company, page);
    }
}

/// Of brokers that replicate.
fn of_company(company: &Company, page: &mut Page) {
    page.one("relaismq_quorum_needed", "Brokers that have to have a message", company.needed);
    let Some(present) = company.present else { return };
    page.one("relaismq_quorum_present", "Brokers that are there and count", present);
    let name = "relaismq_replica_lag";
    page.head(name, "Entries of the log that a broker lacks");
    for it in &company.members {
        if let Some(behind) = it.behind {
            page.of(name, ("broker", &it.member.name), behind);
        }
    }
}

fn of_broker(it: &Figures, page: &mut Page) {
    let memory = ratio(it.memory_used as u64, it.memory_limit as u64);
    page.one("activemq_memory_usage_ratio", "Memory of waiting messages, 0 to 1", memory);
    if let Some(limit) = it.store_limit {
        let store = ratio(it.stored_bytes, limit);
        page.one("activemq_store_usage_ratio", "Store that is used, 0 to 1", store);
    }
    page.one("activemq_connections", "Clients that have logged in", it.connections);
    page.one("activemq_message_total", "Messages in queues", it.messages);
    page.one("activemq_producer_total", "Producers", it.producers);
    page.one("activemq_consumer_total", "Consumers", it.consumers);
    page.one("activemq_enqueue_total", "Messages that came", it.counts.enqueued);
    page.one("activemq_dequeue_total", "Messages that went", it.counts.dequeued);
    page.one("relaismq_expired_total", "Messages whose time was over", it.counts.expired);
    page.one("relaismq_memory_bytes", "Memory of waiting messages", it.memory_used);
    page.one("relaismq_memory_limit_bytes", "Most that this may be", it.memory_limit);
}

type Column = (&'static str, &'static str, fn(&DestinationReport) -> u64);

const COLUMNS: [Column; 8] = [
    ("queue_size", "Messages that wait, or are on their way to consumers", |it| it.depth),
    ("producer_count", "Producers", |it| it.producers as u64),
    ("consumer_count", "Consumers", |it| it.consumers as u64),
    ("enqueue_count", "Messages that came", |it| it.counts.enqueued),
    ("dequeue_count", "Messages that went", |it| it.counts.dequeued),
    ("expired_count", "Messages whose time was over", |it| it.counts.expired),
    ("inflight_count", "Messages that consumers have not acknowledged", |it| it.in_flight as u64),
    ("memory_usage_bytes", "Memory of messages that wait", |it| it.memory_bytes as u64),
];

fn of_destinations(kind: &str, all: &[DestinationReport], memory: usize, page: &mut Page) {
    for (column, help, value) in COLUMNS {
        let name = format!("activemq_{kind}_{column}");
        page.head(&name, help);
        for it in all {
            page.labelled(&name, &it.name, value(it));
        }
    }
    let name = format!("activemq_{kind}_memory_percent_usage");
    page.head(&name, "Memory of messages that wait, in percent of what one may have");
    for it in all {
        let share = ratio(it.memory_bytes as u64, memory as u64);
        page.labelled(&name, &it.name, (share * 100.0).round());
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Text that grows. All of it is untyped: the JMX exporter's is, too, and some names of counters would need
/// another end.
#[derive(Default)]
struct Page(String);

impl Page {
    fn one(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help);
        // A string takes everything.
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn head(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} untyped");
    }

    fn labelled(&mut self, name: &str, destination: &str, value: impl Display) {
        self.of(name, ("destination", destination), value);
    }

    fn of(&mut self, name: &str, (what, which): (&str, &str), value: impl Display) {
        let label = which.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
        let _ = writeln!(self.0, "{name}{{{what}=\"{label}\"}} {value}");
    }
}
