//! Source errors as `miette` diagnostics: the adapter between acoro's own diagnostics and how they are rendered.

use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::source::Source;
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::fmt;
use std::sync::Arc;

/// One error of a source, with the source.
#[derive(Clone, Debug)]
pub struct SourceError {
    diagnostic: Diagnostic,
    source: Arc<Source>,
}

impl SourceError {
    /// Joins a diagnostic with the source it is about.
    pub fn new(diagnostic: Diagnostic, source: Arc<Source>) -> Self {
        Self { diagnostic, source }
    }

    /// What is wrong, where, and what to do.
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.diagnostic
    }

    /// Line and column of the error, from 1.
    pub fn line_column(&self) -> (u32, u32) {
        self.source.line_column(self.diagnostic.span().start)
    }

    /// `name:line:column: SyntaxError: message`
    pub fn one_line(&self) -> String {
        self.diagnostic.one_line(&self.source)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for SourceError {}

impl miette::Diagnostic for SourceError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(match self.diagnostic.kind {
            ErrorKind::Unsupported => "not supported",
            ErrorKind::Syntax | ErrorKind::Indentation | ErrorKind::Tab => {
                self.diagnostic.exception_name()
            }
        }))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diagnostic.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.diagnostic.labels.iter().enumerate().map(
            |(at, (span, text))| {
                let text = match text.as_str() {
                    "" => (at == 0).then(|| "here".to_owned()),
                    text => Some(text.to_owned()),
                };
                // A place at the end of the text is shown at its last byte's line.
                let start = (span.start as usize).min(self.source.text.len());
                let length = (span.end.saturating_sub(span.start) as usize)
                    .min(self.source.text.len() - start);
                if at == 0 {
                    LabeledSpan::new_primary_with_span(text, (start, length))
                } else {
                    LabeledSpan::new(text, start, length)
                }
            },
        )))
    }
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self
            .text
            .read_span(span, context_lines_before, context_lines_after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}
