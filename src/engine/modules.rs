//! Where the modules that programs import come from: sources in memory, and files below the directories that were granted.

use super::data::Data;
use super::error::Exception;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// The endings of a module's file, the first first.
const ENDINGS: &[&str] = &["acoro", "py"];

/// What an engine grants of modules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Modules {
    /// Sources by dotted name.
    pub(crate) sources: IndexMap<String, String>,
    /// `sys.path`
    pub(crate) directories: Vec<PathBuf>,
    /// Programs may add any directory to `sys.path`.
    pub(crate) anywhere: bool,
    /// acoro's own modules go before files of the same name.
    pub(crate) own_first: bool,
    /// They hold tests.
    pub(crate) testing: bool,
}

impl Modules {
    /// Is anything granted at all?
    pub(crate) fn any(&self) -> bool {
        self.anywhere || !self.sources.is_empty() || !self.directories.is_empty()
    }

    /// `sys.path`
    pub(crate) fn path(&self) -> Vec<String> {
        self.directories
            .iter()
            .map(|directory| directory.to_string_lossy().into_owned())
            .collect()
    }

    /// Answers the machine's search for a module: file, text and, for a package, its directories; False if there is none.
    pub(crate) fn find(&self, args: &[Data]) -> Result<Data, Exception> {
        let [
            Data::Str(name),
            Data::List(directories),
            Data::Bool(only_python),
        ] = args
        else {
            return Err(Exception::new(
                "ImportError",
                "a module is found by its name",
            ));
        };
        if let Some(found) = self.in_memory(name) {
            return Ok(found);
        }
        let leaf = name.rsplit('.').next().unwrap_or(name);
        let mut namespace = Vec::new();
        for directory in directories {
            let Data::Str(directory) = directory else {
                continue;
            };
            let directory = Path::new(if directory.is_empty() { "." } else { directory });
            if !self.may_read(directory) {
                continue;
            }
            if let Some(found) = in_directory(directory, leaf, *only_python)? {
                return Ok(found);
            }
            let package = directory.join(leaf);
            if package.is_dir() {
                namespace.push(text(&package));
            }
        }
        if namespace.is_empty() || *only_python {
            return Ok(Data::Bool(false));
        }
        let nothing = Data::Str(String::new());
        Ok(Data::Tuple(vec![
            Data::None,
            nothing,
            Data::List(namespace),
        ]))
    }

    fn may_read(&self, directory: &Path) -> bool {
        self.anywhere
            || directory.canonicalize().is_ok_and(|directory| {
                self.directories.iter().any(|granted| {
                    granted
                        .canonicalize()
                        .is_ok_and(|granted| directory.starts_with(granted))
                })
            })
    }

    fn in_memory(&self, name: &str) -> Option<Data> {
        let source = self.sources.get(name);
        let inside = format!("{name}.");
        let is_package = self.sources.keys().any(|other| other.starts_with(&inside));
        if source.is_none() && !is_package {
            return None;
        }
        let file = Data::Str(format!("<module {name}>"));
        let directories = match is_package {
            true => Data::List(vec![file.clone()]),
            false => Data::None,
        };
        Some(Data::Tuple(vec![
            file,
            Data::Str(source.cloned().unwrap_or_default()),
            directories,
        ]))
    }
}

fn text(path: &Path) -> Data {
    Data::Str(path.to_string_lossy().into_owned())
}

/// The module of this name in a directory. A module that acoro has too is only taken from where CPython would take it.
fn in_directory(
    directory: &Path,
    name: &str,
    only_python: bool,
) -> Result<Option<Data>, Exception> {
    let package = directory.join(name);
    for ending in ENDINGS.iter().skip(usize::from(only_python)) {
        let file = package.join(format!("__init__.{ending}"));
        if file.is_file() {
            let text_of_it = read(&file)?;
            let directories = Data::List(vec![text(&package)]);
            return Ok(Some(Data::Tuple(vec![
                text(&file),
                text_of_it,
                directories,
            ])));
        }
    }
    for ending in ENDINGS.iter().skip(usize::from(only_python)) {
        let file = directory.join(format!("{name}.{ending}"));
        if file.is_file() {
            let text_of_it = read(&file)?;
            return Ok(Some(Data::Tuple(vec![text(&file), text_of_it, Data::None])));
        }
    }
    Ok(None)
}

fn read(file: &Path) -> Result<Data, Exception> {
    let name = file.display();
    let bytes = std::fs::read(file)
        .map_err(|error| Exception::new("ImportError", format!("can't read {name}: {error}")))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Data::Str(text)),
        Err(error) => Err(Exception::new(
            "SyntaxError",
            format!(
                "{name} is not UTF-8: byte {} is wrong",
                error.utf8_error().valid_up_to()
            ),
        )),
    }
}
