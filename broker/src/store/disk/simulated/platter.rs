//! All files and folders of a simulated disk.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};

use super::Survival;
use super::content::File;
use super::entries::Folder;
use super::random::Random;
use crate::store::disk::Listed;

#[derive(Clone, Debug)]
enum Node {
    File(File),
    Folder(Folder),
}

#[derive(Clone, Debug)]
pub(super) struct Platter {
    /// The first is the store's own folder.
    nodes: Vec<Node>,
    pub(super) capacity: u64,
    pub(super) syncs_files: bool,
    pub(super) syncs_folders: bool,
    pub(super) syncs_until_failure: Option<u64>,
    pub(super) boot: u64,
    pub(super) locked: BTreeSet<String>,
    pub(super) changes: usize,
    pub(super) syncs: u64,
    pub(super) bytes_read: u64,
    pub(super) watched: bool,
    pub(super) moments: Vec<(usize, Self)>,
    /// The file that the last change was a write to.
    written: Option<usize>,
}

impl Default for Platter {
    fn default() -> Self {
        Self {
            nodes: vec![Node::Folder(Folder::default())],
            capacity: u64::MAX,
            syncs_files: true,
            syncs_folders: true,
            syncs_until_failure: None,
            boot: 1,
            locked: BTreeSet::new(),
            syncs: 0,
            bytes_read: 0,
            changes: 0,
            watched: false,
            moments: Vec::new(),
            written: None,
        }
    }
}

impl Platter {
    pub(super) fn without_moments(&self) -> Self {
        let nodes = self.nodes.clone();
        Self { nodes, moments: Vec::new(), watched: false, locked: self.locked.clone(), ..*self }
    }

    fn changed(&mut self, written: Option<usize>) {
        self.changes += 1;
        self.written = written;
        if self.watched {
            self.moments.push((self.changes, self.without_moments()));
        }
    }

    /// The process is killed, perhaps in the middle of its last write.
    pub(super) fn kill(&mut self, random: &mut Random) {
        self.locked.clear();
        if let Some(node) = self.written
            && random.once_in(2)
        {
            self.file_mut(node).cut_last_write_short(random);
        }
    }

    pub(super) fn crash(&self, survival: Survival, random: &mut Random) -> Self {
        let nodes = self.nodes.iter().map(|node| match node {
            Node::File(file) => Node::File(file.crash(survival, random)),
            Node::Folder(folder) => Node::Folder(folder.crash(survival, random)),
        });
        let nodes = nodes.collect();
        Self { nodes, boot: self.boot + 1, locked: BTreeSet::new(), ..self.without_moments() }
    }

    fn folder(&self, node: usize) -> io::Result<&Folder> {
        match self.nodes.get(node) {
            Some(Node::Folder(folder)) => Ok(folder),
            _ => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn folder_mut(&mut self, node: usize) -> &mut Folder {
        match &mut self.nodes[node] {
            Node::Folder(folder) => folder,
            Node::File(_) => panic!("not a folder"),
        }
    }

    pub(super) fn file(&self, node: usize) -> &File {
        match &self.nodes[node] {
            Node::File(file) => file,
            Node::Folder(_) => panic!("not a file"),
        }
    }

    fn file_mut(&mut self, node: usize) -> &mut File {
        match &mut self.nodes[node] {
            Node::File(file) => file,
            Node::Folder(_) => panic!("not a file"),
        }
    }

    pub(super) fn find(&self, name: &str) -> io::Result<usize> {
        let mut node = 0;
        for part in name.split('/').filter(|part| !part.is_empty()) {
            node = *self.folder(node)?.now.get(part).ok_or(ErrorKind::NotFound)?;
        }
        Ok(node)
    }

    /// The folder of a name, and the rest of it.
    fn place<'a>(&self, name: &'a str) -> io::Result<(usize, &'a str)> {
        let (folder, rest) = name.rsplit_once('/').unwrap_or(("", name));
        Ok((self.find(folder)?, rest))
    }

    pub(super) fn create(&mut self, name: &str, folder: bool) -> io::Result<usize> {
        let (parent, name) = self.place(name)?;
        let empty =
            if folder { Node::Folder(Folder::default()) } else { Node::File(File::default()) };
        self.nodes.push(empty);
        let node = self.nodes.len() - 1;
        self.folder_mut(parent).link(name, node);
        self.changed(None);
        Ok(node)
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let node = self.find(from)?;
        let ((parent, from), (_, to)) = (self.place(from)?, self.place(to)?);
        self.folder_mut(parent).rename(from, to, node);
        self.changed(None);
        Ok(())
    }

    pub(super) fn link(&mut self, file: &str, name: &str) -> io::Result<()> {
        let node = self.find(file)?;
        let (parent, name) = self.place(name)?;
        self.folder_mut(parent).link(name, node);
        self.changed(None);
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        let Ok(node) = self.find(name) else { return Ok(()) };
        if let Ok(folder) = self.folder(node) {
            for inner in folder.now.keys().cloned().collect::<Vec<_>>() {
                self.remove(&format!("{name}/{inner}"))?;
            }
        }
        let (parent, name) = self.place(name)?;
        self.folder_mut(parent).unlink(name);
        self.changed(None);
        Ok(())
    }

    pub(super) fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        let entries = self.folder(self.find(folder)?)?.now.iter();
        let listed = entries.map(|(name, &node)| match &self.nodes[node] {
            Node::File(file) => Listed { name: name.clone(), bytes: file.len() },
            Node::Folder(_) => Listed { name: name.clone(), bytes: 0 },
        });
        Ok(listed.collect())
    }

    pub(super) fn write(&mut self, node: usize, bytes: &[u8], offset: u64) -> io::Result<()> {
        let more = (offset + bytes.len() as u64).saturating_sub(self.file(node).len());
        if more > self.free() {
            return Err(ErrorKind::StorageFull.into());
        }
        self.file_mut(node).write(bytes, offset);
        self.changed(Some(node));
        Ok(())
    }

    pub(super) fn set_len(&mut self, node: usize, len: u64) -> io::Result<()> {
        self.file_mut(node).set_len(len);
        self.changed(None);
        Ok(())
    }

    pub(super) fn sync_file(&mut self, node: usize) -> io::Result<()> {
        self.may_sync()?;
        if self.syncs_files {
            self.file_mut(node).sync();
        }
        self.changed(None);
        Ok(())
    }

    pub(super) fn sync(&mut self, folder: &str) -> io::Result<()> {
        self.may_sync()?;
        let node = self.find(folder)?;
        if self.syncs_folders {
            self.folder_mut(node).sync();
        }
        self.changed(None);
        Ok(())
    }

    fn may_sync(&mut self) -> io::Result<()> {
        self.syncs += 1;
        match &mut self.syncs_until_failure {
            Some(0) => Err(io::Error::other("the disk fails as planned")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Files that have a name, as paths.
    pub(super) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, &node) in &self.folder(0).unwrap().now {
            match &self.nodes[node] {
                Node::File(_) => found.push(name.clone()),
                Node::Folder(folder) => {
                    found.extend(folder.now.keys().map(|inner| format!("{name}/{inner}")));
                }
            }
        }
        found
    }

    pub(super) fn free(&self) -> u64 {
        let used = self.files().into_iter().map(|name| self.file(self.find(&name).unwrap()).len());
        self.capacity.saturating_sub(used.sum())
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        let file = self.file(self.find(name).unwrap());
        let mut bytes = vec![0; usize::try_from(file.len()).unwrap()];
        assert!(file.read(&mut bytes, 0));
        bytes
    }

    pub(super) fn overwrite(&mut self, name: &str, bytes: &[u8]) {
        let node = self.find(name).unwrap();
        let mut file = File::default();
        file.write(bytes, 0);
        file.sync();
        self.nodes[node] = Node::File(file);
    }
}
