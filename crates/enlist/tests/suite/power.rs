//! When power is lost, what a process was answered is there; without syncs it is not, so the test can fail.
//!
//! A process writes to a store on an ext4 file system in an image. It is stopped, and the image is copied: the copy has what reached
//! the disk, and lacks what was only in the memory of the system. It needs root, loop devices and a C compiler, and runs only when a
//! number of losses is asked for.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "the test is asked for by the environment")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fastrand::Rng;

use enlist::Durability;

use crate::killing::{EVENTS, Progress, checked, longer, reading, writer};
use crate::scene::until;

/// How often power is lost.
const CUTS: &str = "ENLIST_TEST_POWER_CUTS";
const IMAGE_BYTES: u64 = 96 << 20;

/// A mounted file system in an image.
struct Disk {
    directory: tempfile::TempDir,
}

impl Disk {
    fn image(&self) -> PathBuf {
        self.directory.path().join("image")
    }

    fn mounted(&self) -> PathBuf {
        self.directory.path().join("mounted")
    }

    fn store(&self) -> PathBuf {
        self.mounted().join("store")
    }

    /// An empty one, or why there is none.
    fn create() -> Result<Self, String> {
        let disk = Disk { directory: tempfile::tempdir().unwrap() };
        File::create(disk.image()).and_then(|image| image.set_len(IMAGE_BYTES)).unwrap();
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()))?;
        disk.mount()?;
        Ok(disk)
    }

    fn mount(&self) -> Result<(), String> {
        fs::create_dir(self.mounted()).unwrap();
        run(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.mounted()))
    }

    /// What is there after power was lost now.
    fn after_loss(&self) -> Disk {
        let disk = Disk { directory: tempfile::tempdir().unwrap() };
        fs::copy(self.image(), disk.image()).unwrap();
        disk.mount().unwrap();
        disk
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").arg(self.mounted()));
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{shown}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{shown}: {}", said.trim())) }
}

/// Lets a process write for a while and power be lost; returns the disk after that, and how far the process said that it was.
fn lost_after(disk: &Disk, time: Duration, preload: Option<&Path>) -> (Disk, Progress) {
    let mut command = writer(&disk.store(), Durability::Synced);
    if let Some(library) = preload {
        command.env("LD_PRELOAD", library);
    }
    let mut child = command.spawn().unwrap();
    let reader = reading(&mut child);
    std::thread::sleep(time);
    run(Command::new("kill").arg("-STOP").arg(child.id().to_string())).unwrap();
    // The signal stops one thread after the other, and until all have stopped, the process may be answered.
    until("the process has stopped", || has_stopped(child.id()));
    let after = disk.after_loss();
    child.kill().unwrap();
    child.wait().unwrap();
    (after, reader.join().unwrap())
}

/// Whether all threads of a process have stopped, or ended because it had nothing more to write.
fn has_stopped(process: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    threads.filter_map(Result::ok).all(|thread| {
        let Ok(state) = fs::read_to_string(thread.path().join("stat")) else { return true };
        // After the name, which is in brackets.
        state.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(['T', 'Z', 'X']))
    })
}

/// A library in whose processes no sync does anything.
fn without_sync(directory: &Path) -> Result<PathBuf, String> {
    let (source, library) = (directory.join("sync.c"), directory.join("sync.so"));
    fs::write(&source, "int fsync(int file) { return 0; }\nint fdatasync(int file) { return 0; }\n").unwrap();
    run(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source)).map(|()| library)
}

#[expect(clippy::print_stdout, reason = "what is skipped says so")]
fn cuts() -> Option<u64> {
    let cuts = std::env::var(CUTS).ok().and_then(|cuts| cuts.parse().ok());
    if cuts.is_none() {
        println!("SKIPPED: {CUTS} does not say how often power is lost");
    }
    cuts
}

#[test]
fn what_a_process_was_answered_is_there_after_power_was_lost() {
    let Some(cuts) = cuts() else { return };
    let mut random = Rng::with_seed(1);
    let mut disk = match Disk::create() {
        Ok(disk) => disk,
        Err(reason) => return println!("SKIPPED: {reason}"),
    };
    let (mut progress, mut heard, mut furthest, mut most) = (0, 0, 0, 700);
    for cut in 0..cuts {
        let (after, mut said) = lost_after(&disk, Duration::from_millis(random.u64(60..most)), None);
        let before = progress;
        said.applied = said.applied.max(before);
        said.heard = said.heard.max(heard);
        heard = said.heard;
        progress = checked(&after.store(), random.usize(1..4), &said, &format!("loss {cut}"));
        most = if progress == before { longer(most) } else { 700 };
        furthest = furthest.max(progress);
        disk = after;
        if progress == EVENTS {
            (disk, progress, heard) = (Disk::create().unwrap(), 0, 0);
        }
    }
    println!("power was lost {cuts} times; at most {furthest} of {EVENTS} events were there");
    assert!(furthest > 100, "no process came far: {furthest} events");
}

#[test]
fn without_syncs_a_loss_of_power_loses_what_was_answered() {
    if cuts().is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let disks = without_sync(directory.path()).and_then(|library| Ok((library, Disk::create()?)));
    let (library, disk) = match disks {
        Ok(disks) => disks,
        Err(reason) => return println!("SKIPPED: {reason}"),
    };
    let (after, said) = lost_after(&disk, Duration::from_millis(900), Some(&library));
    assert!(said.applied > 0, "the process was answered nothing");
    let found = std::panic::catch_unwind(|| checked(&after.store(), 1, &said, "without syncs"));
    println!(
        "without syncs: {} events were answered for, and {:?} are there",
        said.applied,
        found.as_ref().ok()
    );
    assert!(found.is_err(), "nothing was lost");
}
