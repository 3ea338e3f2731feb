//! The tables, for the documentation.

use super::{
    connector::URI_OPTIONS,
    reader::{Element, Stands},
    table::{BEANS, BROKER, DATA_SOURCE},
};
use crate::config::documentation::SettingDoc;

/// What the documentation says about one element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElementDoc {
    /// Where it stands: `broker/persistenceAdapter/kahaDB`.
    pub path: String,
    /// What it is for, or what is not built.
    pub doc: &'static str,
    /// What becomes of it.
    pub place: SettingPlace,
    /// Its attributes.
    pub attributes: Vec<SettingDoc>,
}

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingPlace {
    /// It is read.
    Read,
    /// It is passed over, for this reason.
    PassedOver(&'static str),
    /// It is refused; what to do instead.
    Refused(&'static str),
}

/// Every element and attribute, in the order of the tables.
#[must_use]
pub fn catalogue() -> Vec<ElementDoc> {
    let mut docs = Vec::new();
    describe(&mut docs, "", &BROKER);
    for element in BEANS.children.iter().filter(|it| it.name != "broker") {
        describe(&mut docs, "beans/", element);
    }
    for (path, rows, doc) in [
        ("transportConnector uri", URI_OPTIONS, "Behind the address of a connector."),
        ("bean (data source)", DATA_SOURCE, "Properties of the bean that dataSource names."),
    ] {
        let attributes = rows.iter().map(SettingDoc::of).collect();
        docs.push(ElementDoc { path: path.to_owned(), doc, place: SettingPlace::Read, attributes });
    }
    docs
}

fn describe(docs: &mut Vec<ElementDoc>, before: &str, element: &Element) {
    let path = format!("{before}{}", element.name);
    let place = match element.standing {
        Stands::Read | Stands::Elsewhere => SettingPlace::Read,
        Stands::Noted(reason) => SettingPlace::PassedOver(reason),
        Stands::Refused(remedy) => SettingPlace::Refused(remedy),
    };
    let attributes = element.attributes.iter().map(SettingDoc::of).collect();
    docs.push(ElementDoc { path: path.clone(), doc: element.doc, place, attributes });
    for child in element.children {
        describe(docs, &format!("{path}/"), child);
    }
}
