//! All modes of persistence one after the other, and ActiveMQ's beside them, in one table.

use super::{
    brokers::Against,
    ledger::Figures,
    report::{Course, span},
    run::Plan,
    stores::StoreChoice,
};

/// What is compared, in this order.
#[must_use]
pub fn rows(plan: &Plan) -> Vec<Plan> {
    let ours = [
        StoreChoice::Memory,
        StoreChoice::File,
        StoreChoice::Sqlite,
        StoreChoice::Postgresql,
        StoreChoice::Mariadb,
        StoreChoice::Replicated,
        StoreChoice::Zookeeper,
    ];
    let theirs = [StoreChoice::File, StoreChoice::Postgresql, StoreChoice::Mariadb];
    let row = |against, store| Plan { against, store, ..plan.clone() };
    let ours = ours.into_iter().map(|store| row(Against::Relaismq, store));
    ours.chain(theirs.into_iter().map(|store| row(Against::Activemq, store))).collect()
}

/// Above the lines of the table.
pub const HEAD: &str = "\
brokers   store       confirmed  missing  unknown  duplicates  outage, s          messages/s";

/// One line of the table.
#[must_use]
pub fn line(plan: &Plan, figures: &Figures, course: &Course) -> String {
    let against = format!("{:?}", plan.against).to_lowercase();
    let store = match (plan.against, &plan.store) {
        (Against::Activemq, StoreChoice::File) => "kahadb".to_owned(),
        (Against::Activemq, store) => format!("jdbc {}", short(store)),
        (_, store) => store.to_string(),
    };
    let note = match course {
        Course::Complete if plan.expects_loss() => "  loss is to be expected",
        Course::Complete => "",
        Course::Interrupted => "  broken off",
        Course::Failed(_) => "  failed",
    };
    format!(
        "{against:9} {store:11} {:9}  {:7}  {:7}  {:10}  {:17}  {:10.0}{note}",
        figures.confirmed,
        figures.missing,
        figures.unknown,
        figures.duplicates,
        span(&figures.first_receive).replace(" s", ""),
        figures.rate(),
    )
}

fn short(store: &StoreChoice) -> &'static str {
    match store {
        StoreChoice::Postgresql => "postgr.",
        StoreChoice::Mariadb => "mariadb",
        _ => "",
    }
}
