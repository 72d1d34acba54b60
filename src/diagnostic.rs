//! What a source error is, before anyone renders it: a message, places, and what to do. Rendering is miette's.

use crate::source::{Source, Span};

/// The exception type a source error would be under Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// Valid Python that acoro does not have.
    Unsupported,
}

/// One source error.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Its class.
    pub kind: ErrorKind,
    /// What is wrong, in plain words, CPython's where CPython has a message. No final full stop.
    pub message: String,
    /// The places that matter with what each shows; the first is where the error is.
    pub labels: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A syntax error at one place.
    pub fn syntax(message: impl Into<String>, span: Span) -> Self {
        Self {
            kind: ErrorKind::Syntax,
            message: message.into(),
            labels: vec![(span, String::new())],
            help: None,
        }
    }

    /// A construct of Python that acoro refuses.
    pub fn unsupported(message: impl Into<String>, span: Span) -> Self {
        Self {
            kind: ErrorKind::Unsupported,
            ..Self::syntax(message, span)
        }
    }

    /// The same error as another class.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Says what to write at the first place.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.1 = label.into();
        }
        self
    }

    /// Points at a further place.
    #[must_use]
    pub fn and_at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push((span, label.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Where the error is.
    pub fn span(&self) -> Span {
        self.labels.first().map_or(Span::default(), |label| label.0)
    }

    /// The name of the exception type Python would raise.
    pub fn exception_name(&self) -> &'static str {
        match self.kind {
            ErrorKind::Syntax | ErrorKind::Unsupported => "SyntaxError",
            ErrorKind::Indentation => "IndentationError",
            ErrorKind::Tab => "TabError",
        }
    }

    /// `name:line:column: SyntaxError: message`, for places that want one line.
    pub fn one_line(&self, source: &Source) -> String {
        let (line, column) = source.line_column(self.span().start);
        format!(
            "{}:{line}:{column}: {}: {}",
            source.name,
            self.exception_name(),
            self.message
        )
    }
}
