//! The one error type of the embedding API, and exceptions as a host sees them.

use super::report::SourceError;
use crate::diagnostic::Diagnostic as SourceDiagnostic;
use crate::source::{Source, Span};
use std::fmt;
use std::sync::Arc;

/// Why something went wrong. It says what happened through its predicates and accessors; it renders through `Display`,
/// and with source excerpts through `miette`.
///
/// ```
/// let engine = acoro::Engine::new();
/// let error = engine.session().run::<i64>("1 // 0").unwrap_err();
/// assert!(error.is_exception());
/// assert_eq!(error.to_string(), "ZeroDivisionError: integer division or modulo by zero");
/// ```
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Source {
        errors: Vec<SourceError>,
    },
    Exception {
        exception: Exception,
        source: Option<Arc<Source>>,
        span: Span,
    },
    OutOfFuel,
    OutOfMemory,
    Deadlock,
    Conversion(String),
    Saved(String),
    Usage(String),
}

impl Error {
    pub(crate) fn source(source: &Arc<Source>, diagnostics: Vec<SourceDiagnostic>) -> Self {
        let errors = diagnostics
            .into_iter()
            .map(|diagnostic| SourceError::new(diagnostic, Arc::clone(source)))
            .collect();
        Self(Box::new(Kind::Source { errors }))
    }

    pub(crate) fn exception_at(exception: Exception, place: Option<(Arc<Source>, Span)>) -> Self {
        let (source, span) = place.map_or((None, Span::default()), |(source, span)| {
            (Some(source), span)
        });
        Self(Box::new(Kind::Exception {
            exception,
            source,
            span,
        }))
    }

    pub(crate) fn out_of_fuel() -> Self {
        Self(Box::new(Kind::OutOfFuel))
    }

    pub(crate) fn out_of_memory() -> Self {
        Self(Box::new(Kind::OutOfMemory))
    }

    pub(crate) fn deadlock() -> Self {
        Self(Box::new(Kind::Deadlock))
    }

    pub(crate) fn conversion(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Conversion(message.into())))
    }

    pub(crate) fn saved(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Saved(message.into())))
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Usage(message.into())))
    }

    /// The source does not parse or compile.
    pub fn is_syntax(&self) -> bool {
        matches!(*self.0, Kind::Source { .. })
    }

    /// The program raised an exception and did not handle it.
    pub fn is_exception(&self) -> bool {
        matches!(*self.0, Kind::Exception { .. })
    }

    /// The program used up its fuel. It is paused, not ended: with more fuel it goes on.
    pub fn is_out_of_fuel(&self) -> bool {
        matches!(*self.0, Kind::OutOfFuel)
    }

    /// The program hit its memory limit and did not handle the MemoryError. An exception that a program made itself does not count.
    pub fn is_out_of_memory(&self) -> bool {
        matches!(*self.0, Kind::OutOfMemory)
    }

    /// Every task waits, and nothing is under way that could wake one.
    pub fn is_deadlock(&self) -> bool {
        matches!(*self.0, Kind::Deadlock)
    }

    /// A value is not of the type that was asked for, or can't cross between program and host.
    pub fn is_conversion(&self) -> bool {
        matches!(*self.0, Kind::Conversion(_))
    }

    /// The bytes are no saved session of this engine.
    pub fn is_saved(&self) -> bool {
        matches!(*self.0, Kind::Saved(_))
    }

    /// The exception, if it is one.
    pub fn exception(&self) -> Option<&Exception> {
        match &*self.0 {
            Kind::Exception { exception, .. } => Some(exception),
            Kind::Source { .. }
            | Kind::OutOfFuel
            | Kind::OutOfMemory
            | Kind::Deadlock
            | Kind::Conversion(_)
            | Kind::Saved(_)
            | Kind::Usage(_) => None,
        }
    }

    /// All errors of the source, in order; none if it is another error.
    pub fn source_errors(&self) -> &[SourceError] {
        match &*self.0 {
            Kind::Source { errors } => errors,
            Kind::Exception { .. }
            | Kind::OutOfFuel
            | Kind::OutOfMemory
            | Kind::Deadlock
            | Kind::Conversion(_)
            | Kind::Saved(_)
            | Kind::Usage(_) => &[],
        }
    }

    /// Line and column, from 1, of what went wrong, when it has a place.
    pub fn line_column(&self) -> Option<(u32, u32)> {
        match &*self.0 {
            Kind::Source { errors } => errors.first().map(SourceError::line_column),
            Kind::Exception { source, span, .. } => {
                source.as_ref().map(|source| source.line_column(span.start))
            }
            Kind::OutOfFuel
            | Kind::OutOfMemory
            | Kind::Deadlock
            | Kind::Conversion(_)
            | Kind::Saved(_)
            | Kind::Usage(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Source { errors } => match errors.as_slice() {
                [one] => write!(f, "{}", one.one_line()),
                [first, rest @ ..] => write!(f, "{} (and {} more)", first.one_line(), rest.len()),
                [] => f.write_str("SyntaxError"),
            },
            Kind::Exception { exception, .. } => write!(f, "{exception}"),
            Kind::OutOfFuel => f.write_str("the program used up its fuel"),
            Kind::OutOfMemory => f.write_str("the program reached its memory limit"),
            Kind::Deadlock => f.write_str("every task waits for something that can't happen"),
            Kind::Conversion(message) | Kind::Saved(message) | Kind::Usage(message) => {
                f.write_str(message)
            }
        }
    }
}

impl std::error::Error for Error {}

impl miette::Diagnostic for Error {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match &*self.0 {
            Kind::Source { errors } => errors.first().and_then(miette::Diagnostic::help),
            Kind::OutOfFuel => Some(Box::new(
                "give it more fuel and poll it again, or raise the engine's limit",
            )),
            Kind::Exception { .. }
            | Kind::OutOfMemory
            | Kind::Deadlock
            | Kind::Conversion(_)
            | Kind::Saved(_)
            | Kind::Usage(_) => None,
        }
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        match &*self.0 {
            Kind::Exception { source, .. } => source
                .as_deref()
                .map(|source| source as &dyn miette::SourceCode),
            Kind::Source { .. }
            | Kind::OutOfFuel
            | Kind::OutOfMemory
            | Kind::Deadlock
            | Kind::Conversion(_)
            | Kind::Saved(_)
            | Kind::Usage(_) => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        match &*self.0 {
            Kind::Exception {
                source: Some(_),
                span,
                ..
            } => {
                let (start, length) = (span.start as usize, (span.end - span.start) as usize);
                let label = miette::LabeledSpan::new(Some("raised here".to_owned()), start, length);
                Some(Box::new(std::iter::once(label)))
            }
            Kind::Source { .. }
            | Kind::Exception { .. }
            | Kind::OutOfFuel
            | Kind::OutOfMemory
            | Kind::Deadlock
            | Kind::Conversion(_)
            | Kind::Saved(_)
            | Kind::Usage(_) => None,
        }
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let errors = self.source_errors();
        if errors.is_empty() {
            return None;
        }
        Some(Box::new(
            errors.iter().map(|error| error as &dyn miette::Diagnostic),
        ))
    }
}

/// An exception: one that a program raised and did not handle, or one for a host function to raise.
///
/// ```
/// use acoro::{Engine, Exception};
///
/// let engine = Engine::builder()
///     .function("half", |n: i64| {
///         if n % 2 == 0 { Ok(n / 2) } else { Err(Exception::new("ValueError", "odd")) }
///     })
///     .build();
/// let error = engine.session().run::<i64>("half(3)").unwrap_err();
/// assert_eq!(error.exception().map(Exception::type_name), Some("ValueError"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    type_name: String,
    message: String,
    traceback: String,
    exit_status: Option<i32>,
}

impl Exception {
    /// An exception of a builtin class, by its name; a RuntimeError if there is no such class.
    pub fn new(type_name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            type_name: type_name.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    pub(crate) fn with_traceback(mut self, traceback: String, exit_status: Option<i32>) -> Self {
        self.traceback = traceback;
        self.exit_status = exit_status;
        self
    }

    /// The name of its class, as tracebacks show it.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// `str(exception)`
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The whole text that CPython would write for it, causes and notes included; empty if it was never raised.
    pub fn traceback(&self) -> &str {
        &self.traceback
    }

    /// The exit status, if it is the SystemExit of `sys.exit()`.
    pub fn exit_status(&self) -> Option<i32> {
        self.exit_status
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            f.write_str(&self.type_name)
        } else {
            write!(f, "{}: {}", self.type_name, self.message)
        }
    }
}
