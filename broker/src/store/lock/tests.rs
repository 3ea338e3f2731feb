use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::ofd::whole_file;
use super::*;

fn own(dir: &Path) -> Option<Ownership> {
    SharedDirectory::new(dir).try_acquire().unwrap()
}

fn lost_because(ownership: &Ownership) -> String {
    match ownership.still_mine() {
        Err(LockError::Lost { detail, .. }) => detail,
        other => panic!("expected a lost lock, got {other:?}"),
    }
}

#[test]
fn one_owns_the_directory_and_the_next_gets_a_higher_generation() {
    let dir = tempfile::tempdir().unwrap();
    let first = own(dir.path()).unwrap();
    assert!(own(dir.path()).is_none());
    first.still_mine().unwrap();
    let clone = first.clone();
    drop(first);
    assert!(own(dir.path()).is_none(), "a clone still holds it");
    drop(clone);
    let second = own(dir.path()).unwrap();
    assert_eq!(second.generation(), 2);
    second.still_mine().unwrap();
}

#[test]
fn a_deleted_lock_file_makes_the_first_owner_give_up() {
    let dir = tempfile::tempdir().unwrap();
    let first = own(dir.path()).unwrap();
    std::fs::remove_file(dir.path().join("lock")).unwrap();
    assert_eq!(lost_because(&first), "the lock file was deleted or replaced");
    let second = own(dir.path()).unwrap();
    assert_eq!(lost_because(&first), "the lock file was deleted or replaced");
    second.still_mine().unwrap();
}

#[test]
fn a_foreign_generation_makes_the_owner_give_up() {
    let dir = tempfile::tempdir().unwrap();
    let first = own(dir.path()).unwrap();
    std::fs::write(dir.path().join("generation"), "7\n").unwrap();
    assert_eq!(lost_because(&first), "generation 7, ours is 1");
}

#[test]
fn a_lock_that_the_system_dropped_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let owner = own(dir.path()).unwrap();
    let mut unlock = whole_file();
    unlock.l_type = libc::c_short::try_from(libc::F_UNLCK).unwrap();
    fcntl(&owner.held.file, FcntlArg::F_OFD_SETLK(&unlock)).unwrap();
    assert_eq!(lost_because(&owner), "the system dropped the lock");
}

#[test]
fn a_generation_that_is_no_number_is_refused_and_leaves_no_lock_behind() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("generation"), "many\n").unwrap();
    let refused = SharedDirectory::new(dir.path()).try_acquire().unwrap_err();
    assert!(refused.to_string().contains("holds \"many"), "{refused}");
    std::fs::write(dir.path().join("generation"), "41").unwrap();
    assert_eq!(own(dir.path()).unwrap().generation(), 42);
}

/// Another process with the lock: `java` runs this test's helper program.
struct Java {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Java {
    fn start(dir: &Path) -> Self {
        let source = dir.join("Locker.java");
        std::fs::write(&source, LOCKER).unwrap();
        let mut command = Command::new("java");
        command.args(["-XX:TieredStopAtLevel=1", "-Xshare:auto"]);
        command.arg(source).arg(dir.join("lock"));
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn says(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

/// Tries the lock, says what came of it, and holds it until it is killed.
const LOCKER: &str = r#"
import java.io.RandomAccessFile;
public class Locker {
    public static void main(String[] args) throws Exception {
        RandomAccessFile file = new RandomAccessFile(args[0], "rw");
        System.out.println(file.getChannel().tryLock() == null ? "refused" : "granted");
        System.in.read();
    }
}
"#;

#[test]
#[ignore = "needs a Java runtime (java on PATH, 11 or newer)"]
fn java_is_refused_while_we_hold_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    let owner = own(dir.path()).unwrap();
    let mut java = Java::start(dir.path());
    assert_eq!(java.says(), "refused");
    java.child.kill().unwrap();
    java.child.wait().unwrap();
    owner.still_mine().unwrap();
}

#[test]
#[ignore = "needs a Java runtime (java on PATH, 11 or newer)"]
fn we_are_refused_while_java_holds_the_lock_and_take_over_when_it_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut java = Java::start(dir.path());
    assert_eq!(java.says(), "granted");
    assert!(own(dir.path()).is_none());
    java.child.kill().unwrap();
    java.child.wait().unwrap();
    assert!(own(dir.path()).is_some());
}

#[test]
#[ignore = "needs a Java runtime (java on PATH, 11 or newer)"]
fn a_lock_that_java_took_meanwhile_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let owner = own(dir.path()).unwrap();
    let mut unlock = whole_file();
    unlock.l_type = libc::c_short::try_from(libc::F_UNLCK).unwrap();
    fcntl(&owner.held.file, FcntlArg::F_OFD_SETLK(&unlock)).unwrap();
    let mut java = Java::start(dir.path());
    assert_eq!(java.says(), "granted");
    let expected = format!("process {} holds the lock", java.child.id());
    assert_eq!(lost_because(&owner), expected);
    java.child.kill().unwrap();
    java.child.wait().unwrap();
}
