use super::*;

fn refused(wanted: Wanted) -> String {
    format!("{:#}", Payload::choose(wanted).unwrap_err())
}

fn file(name: &str) -> Wanted {
    Wanted { file: Some(name.to_owned()), ..Wanted::default() }
}

#[test]
fn a_file_may_be_named_by_its_path_or_its_url() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payload");
    std::fs::write(&path, "two teas").unwrap();
    let path = path.display();
    for name in [format!("{path}"), format!("file:{path}"), format!("file://{path}")] {
        assert_eq!(Payload::choose(file(&name)).unwrap().size(), 8);
    }
}

#[test]
fn what_cannot_be_sent_is_refused_with_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture");
    std::fs::write(&path, [b'P', 0xff]).unwrap();
    let name = path.display().to_string();
    let text = refused(file(&name));
    assert!(text.contains(&name) && text.contains("from byte 2 on"), "{text}");
    assert!(text.contains("--bytes"), "{text}");
    let sent = Payload::choose(Wanted { as_bytes: true, ..file(&name) }).unwrap();
    assert_eq!(sent.size(), 2);
    assert!(refused(file("http://a/b")).contains("give a path or a file: URL"));
    assert!(refused(file("file:")).contains("names no file"));
    assert!(refused(file("/no/such/file")).contains("No such file"));
    let sparse = std::fs::File::create(folder.path().join("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    let name = folder.path().join("sparse").display().to_string();
    assert!(refused(file(&name)).contains("has more than 104000000 bytes"));
}
