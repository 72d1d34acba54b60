//! What programs may ask of the system around them, when the engine grants it: the environment, the process, the file system's names,
//! and randomness.

use super::data::Data;
use super::error::Exception;
use crate::text::codec::{self, Encoding};
use std::ffi::{OsStr, OsString};
use std::time::UNIX_EPOCH;

/// Answers one question. An error of the system is a tuple of its number, its text and the path it is about.
pub(crate) fn ask(granted: bool, args: &[Data]) -> Result<Data, Exception> {
    let [Data::Str(what), rest @ ..] = args else {
        return Err(Exception::new("TypeError", "the system is asked by a name"));
    };
    if !granted {
        return Err(Exception::new(
            "PermissionError",
            format!("the host does not grant this program: {what}"),
        ));
    }
    Ok(match (&**what, rest) {
        ("environ", []) => Data::Dict(
            std::env::vars_os()
                .map(|(name, value)| (text(&name), text(&value)))
                .collect(),
        ),
        ("getpid", []) => Data::Int(std::process::id().into()),
        ("getcwd", []) => match std::env::current_dir() {
            Ok(directory) => text(directory.as_os_str()),
            Err(error) => failure(&error, "."),
        },
        ("cpu_count", []) => {
            Data::Int(std::thread::available_parallelism().map_or(1, |count| count.get() as i64))
        }
        ("cpu_time", [Data::Bool(thread)]) => Data::Int(cpu_time(*thread)),
        ("entropy", [Data::Int(count)]) => Data::Bytes(entropy(*count)?),
        ("stat", [Data::Str(path), Data::Bool(follow)]) => stat(path, *follow),
        ("listdir", [Data::Str(path)]) => list(path),
        ("realpath", [Data::Str(path)]) => match std::fs::canonicalize(system_name(path)) {
            Ok(path) => text(path.as_os_str()),
            Err(error) => failure(&error, path),
        },
        _ => {
            return Err(Exception::new(
                "ValueError",
                format!("the host has no answer to {what:?}"),
            ));
        }
    })
}

fn text(name: &OsStr) -> Data {
    Data::Str(name_text(name))
}

/// A name of the system as a str. Bytes that are no UTF-8 are lone surrogates in it, as in CPython (`surrogateescape`).
#[cfg(unix)]
pub(crate) fn name_text(name: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    codec::decode(name.as_bytes(), Encoding::Utf8, "surrogateescape")
        .unwrap_or_else(|_| name.to_string_lossy().into_owned())
}

/// Elsewhere names are text.
#[cfg(not(unix))]
pub(crate) fn name_text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

/// A str as a name of the system; what has no bytes is left to the system to refuse.
#[cfg(unix)]
fn system_name(text: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    match codec::encode(text, Encoding::Utf8, "surrogateescape") {
        Ok(bytes) => OsString::from_vec(bytes),
        Err(_) => text.into(),
    }
}

/// Elsewhere names are text.
#[cfg(not(unix))]
fn system_name(text: &str) -> OsString {
    text.into()
}

fn failure(error: &std::io::Error, path: &str) -> Data {
    let message = error.to_string();
    let message = message.split(" (os error").next().unwrap_or_default();
    Data::Tuple(vec![
        Data::Int(error.raw_os_error().unwrap_or(5).into()),
        Data::Str(message.to_owned()),
        Data::Str(path.to_owned()),
    ])
}

/// Bytes nobody can guess.
fn entropy(count: i64) -> Result<Vec<u8>, Exception> {
    let count = usize::try_from(count.clamp(0, 1 << 20)).unwrap_or(0);
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes)
        .map_err(|error| Exception::new("OSError", format!("no entropy: {error}")))?;
    Ok(bytes)
}

/// The nanoseconds of processor time that the process, or this thread, has used.
#[cfg(unix)]
fn cpu_time(thread: bool) -> i64 {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(match thread {
        true => ClockId::ThreadCPUTime,
        false => ClockId::ProcessCPUTime,
    });
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Elsewhere it is not known.
#[cfg(not(unix))]
fn cpu_time(_thread: bool) -> i64 {
    0
}

/// `[kind, size, modified]`
fn stat(path: &str, follow: bool) -> Data {
    let name = system_name(path);
    let found = match follow {
        true => std::fs::metadata(name),
        false => std::fs::symlink_metadata(name),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return failure(&error, path),
    };
    let kind = match found.file_type() {
        kind if kind.is_dir() => 0o040_000,
        kind if kind.is_symlink() => 0o120_000,
        kind if kind.is_file() => 0o100_000,
        _ => 0o020_000,
    };
    #[cfg(unix)]
    let mode =
        kind | i64::from(std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o7777);
    #[cfg(not(unix))]
    let mode = kind | 0o644;
    let modified = found
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0.0, |time| time.as_secs_f64());
    Data::List(vec![
        Data::Int(mode),
        Data::Int(i64::try_from(found.len()).unwrap_or(i64::MAX)),
        Data::Float(modified),
    ])
}

fn list(path: &str) -> Data {
    let entries = match std::fs::read_dir(system_name(path)) {
        Ok(entries) => entries,
        Err(error) => return failure(&error, path),
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| name_text(&entry.file_name()))
        .collect();
    names.sort();
    Data::List(names.into_iter().map(Data::Str).collect())
}
