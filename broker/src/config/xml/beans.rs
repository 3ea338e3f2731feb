//! Spring's beans, as far as a broker needs them: data sources, and where placeholders come from.

use std::{fs::File, io::Read as _, path::Path};

use roxmltree::Node;

use super::{
    document::MOST_BYTES,
    reader::{Local as _, Reader},
};

/// A `property` of a bean.
#[derive(Clone, Copy)]
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    /// Its value, if that is a text.
    pub(super) value: Option<&'a str>,
    pub(super) node: Node<'a, 'a>,
    pub(super) at: usize,
}

/// What Spring's short form `p:name="value"` is in.
const SHORT: &str = "http://www.springframework.org/schema/p";

/// All properties of a bean, in both forms.
pub(super) fn properties<'a>(bean: Node<'a, 'a>) -> Vec<Property<'a>> {
    let short = bean.attributes().filter(|it| it.namespace() == Some(SHORT));
    let short = short.map(|it| {
        let at = it.range().start;
        Property { name: it.name(), value: Some(it.value()), node: bean, at }
    });
    let long = bean.children().filter(|it| it.has_tag_name_local("property")).map(|node| {
        let value = node.attribute("value").or_else(|| {
            let inner = node.children().find(|it| it.has_tag_name_local("value"))?;
            inner.text()
        });
        let name = node.attribute("name").unwrap_or_default();
        Property { name, value, node, at: node.range().start }
    });
    short.chain(long).collect()
}

/// Whether a bean, or `context:property-placeholder`, says where placeholders come from.
pub(super) fn is_placeholders(node: &Node<'_, '_>) -> bool {
    let class = node.attribute("class").unwrap_or_default();
    class.ends_with("PropertyPlaceholderConfigurer")
        || class.ends_with("PropertySourcesPlaceholderConfigurer")
        || node.has_tag_name_local("property-placeholder")
}

/// Reads the files that it names, and what it says itself.
pub(super) fn placeholders<'a>(reader: &mut Reader<'a>, node: Node<'a, 'a>) {
    let mut optional = node.attribute("ignore-resource-not-found") == Some("true");
    let mut files: Vec<(String, usize)> = Vec::new();
    if let Some(list) = node.attribute("location") {
        files.extend(list.split(',').map(|it| (it.to_owned(), node.range().start)));
    }
    for property in properties(node) {
        match property.name {
            "ignoreResourceNotFound" => optional = property.value == Some("true"),
            "location" | "locations" => {
                let one = property.value.map(|value| (value.to_owned(), property.at));
                let many = property.node.descendants().filter(|it| it.has_tag_name_local("value"));
                let many = many.filter_map(|it| Some((it.text()?.to_owned(), it.range().start)));
                let listed: Vec<_> = many.collect();
                files.extend(if listed.is_empty() { one.into_iter().collect() } else { listed });
            }
            "properties" => inline(reader, property),
            // How Spring looks, not what it finds.
            "ignoreUnresolvablePlaceholders"
            | "systemPropertiesModeName"
            | "systemPropertiesMode"
            | "searchSystemEnvironment"
            | "order"
            | "fileEncoding" => {}
            other => {
                let subject = format!("bean property {other}");
                reader.refuse(property.at, &subject, "not known here", "leave it out");
            }
        }
    }
    for (file, at) in files {
        load(reader, &file, at, optional);
    }
}

fn inline<'a>(reader: &mut Reader<'a>, property: Property<'a>) {
    let lines = property.value.map(ToOwned::to_owned);
    let props = property.node.descendants().filter(|it| it.has_tag_name_local("prop"));
    let props = props.filter_map(|it| Some(format!("{}={}\n", it.attribute("key")?, it.text()?)));
    let text: String = props.chain(lines).collect();
    reader.properties.add_file(&text);
}

fn load(reader: &mut Reader<'_>, location: &str, at: usize, optional: bool) {
    let Some(location) = reader.complete("location", location.trim(), at) else { return };
    if let Some(rest) = location.strip_prefix("classpath:") {
        let what = format!("{rest} of a class path cannot be read");
        return reader.refuse(at, "location", &what, "write file:PATH");
    }
    let path = location.strip_prefix("file:").unwrap_or(&location);
    let path = path.strip_prefix("//").unwrap_or(path);
    match read(Path::new(path)) {
        Ok(text) => reader.properties.add_file(&text),
        Err(_) if optional => {}
        Err(error) => {
            let what = format!("{path} cannot be read: {error}");
            reader.refuse(at, "location", &what, "put it there, or name the right file");
        }
    }
}

/// A text file, within bounds.
pub(in crate::config) fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > MOST_BYTES {
        return Err(format!("it has more than {MOST_BYTES} bytes"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8 (byte {at}); `iconv -f ISO-8859-1 -t UTF-8` may make it so")
    })
}
