//! Records the compiler, target and flags of the build, because instruction counts hold only for these.
#![expect(clippy::disallowed_methods, reason = "a build script gets its input from the environment")]

use std::env;
use std::process::Command;

fn main() {
    let told = |name: &str| env::var(name).unwrap_or_default();
    let compiler =
        Command::new(told("RUSTC")).arg("-V").output().map(|output| output.stdout).unwrap_or_default();
    let flags = told("CARGO_ENCODED_RUSTFLAGS").replace('\u{1f}', " ");
    let flags = if flags.is_empty() { "none, so the generic CPU of the target".to_owned() } else { flags };
    println!("cargo::rustc-env=ENLIST_BENCH_RUSTC={}", String::from_utf8_lossy(&compiler).trim());
    println!("cargo::rustc-env=ENLIST_BENCH_TARGET={}", told("TARGET"));
    println!("cargo::rustc-env=ENLIST_BENCH_RUSTFLAGS={flags}");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    println!("cargo::rerun-if-changed=build.rs");
}
