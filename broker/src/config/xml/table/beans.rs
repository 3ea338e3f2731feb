//! The root of a Spring file.

use super::broker::BROKER;
use crate::config::xml::reader::{Element, Stands};
use crate::config::xml::rows::BEAN;

pub(in crate::config) static BEANS: Element = Element {
    children: &[
        &BROKER,
        &BEAN,
        &Element {
            standing: Stands::Elsewhere,
            ..Element::read("property-placeholder", "Where ${…} comes from.")
        },
        &Element::noted(
            "import",
            "other files are not read; those of ActiveMQ's distribution set up its web console",
        ),
        &Element::noted("description", "it is for people"),
        &Element::refused(
            "camelContext",
            "Apache Camel needs a Java virtual machine",
            "run it as a program of its own, as a client",
        ),
        &Element::refused("alias", "a second name of a bean", "use its first name"),
        &Element::noted("annotation-config", "it concerns Spring"),
        &Element::noted("component-scan", "it concerns Spring"),
        &Element::noted(
            "connectionFactory",
            "it is for clients inside this file, of which there are none",
        ),
        &Element::noted("queue", "it is for clients inside this file, of which there are none"),
        &Element::noted("topic", "it is for clients inside this file, of which there are none"),
    ],
    ..Element::read("beans", "A file of Spring with a broker in it.")
};
