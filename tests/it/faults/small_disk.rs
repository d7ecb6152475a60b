//! A disk that can be filled: a file system of its own in memory when the tests may mount one, else a limit on the size of files.
//!
//! Invariants: filling leaves no room for a page; freeing gives it back; nothing stays mounted. The limit (`prlimit`) makes writes fail with
//! another error than a full disk does, which the test says in its fact. Neighbours: the test of the full disk.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The disk.
#[derive(Debug)]
pub struct SmallDisk {
    path: PathBuf,
    /// Megabytes of the file system; `None` if it is no file system of its own.
    mounted: Option<u32>,
}

impl SmallDisk {
    /// A disk below `directory`, of whichever kind can be had.
    pub fn new(directory: &Path) -> Self {
        Self::mounted(directory, 4).unwrap_or_else(|| Self {
            path: directory.join("disk"),
            mounted: None,
        })
    }

    /// A file system of so many megabytes below `directory`, if one can be had.
    pub fn mounted(directory: &Path, megabytes: u32) -> Option<Self> {
        let path = directory.join("disk");
        fs::create_dir(&path).unwrap();
        let done = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={megabytes}m"),
                "secevent-test",
            ])
            .arg(&path)
            .output();
        let is_mounted = done.is_ok_and(|output| output.status.success());
        is_mounted.then(|| Self {
            path,
            mounted: Some(megabytes),
        })
    }

    /// Lets the one write there who owns another path.
    pub fn give_to_the_owner_of(&self, other: &Path) {
        let given = Command::new("chown")
            .arg(format!("--reference={}", other.display()))
            .arg(&self.path)
            .status();
        assert!(given.unwrap().success(), "chown failed");
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is, for the fact.
    pub fn how(&self) -> String {
        match self.mounted {
            Some(megabytes) => format!("a tmpfs of {megabytes} MB, filled"),
            None => "a limit on the size of files, no right to mount".to_owned(),
        }
    }

    /// Leaves no room; `pid` is the process that writes.
    pub fn fill(&self, pid: u32) {
        if self.mounted.is_none() {
            let largest = fs::read_dir(&self.path)
                .unwrap()
                .map(|file| file.unwrap().metadata().unwrap().len())
                .max();
            limit(pid, &largest.unwrap_or(0).to_string());
            return;
        }
        let mut file = File::create(self.filler()).unwrap();
        for size in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn free(&self, pid: u32) {
        if self.mounted.is_some() {
            fs::remove_file(self.filler()).unwrap();
        } else {
            limit(pid, "unlimited");
        }
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }
}

/// The soft limit only, so that it can be raised again.
fn limit(pid: u32, size: &str) {
    let set = Command::new("prlimit")
        .args(["--pid", &pid.to_string(), &format!("--fsize={size}:")])
        .status();
    assert!(set.unwrap().success(), "prlimit failed");
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.mounted.is_some() {
            drop(Command::new("umount").arg("-l").arg(&self.path).status());
        }
    }
}
