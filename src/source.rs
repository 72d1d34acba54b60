//! Source texts and positions in them. No parsing happens here.

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets into one source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest range that holds both.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// A named source text. Sources are limited to 4 GiB, since positions are `u32`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Source {
    /// What tracebacks call it: a path, or `<string>`.
    pub name: String,
    /// The text, with any byte order mark removed.
    pub text: String,
    /// Offset of the first byte of each line.
    line_starts: Vec<u32>,
}

impl Source {
    /// Wraps a text and indexes its lines.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        let mut line_starts = vec![0];
        let bytes = text.as_bytes();
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            // A carriage return ends a line too, alone or before a line feed.
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                line_starts.push(at as u32 + 1);
            }
        }
        Self {
            name: name.into(),
            text,
            line_starts,
        }
    }

    /// The 1-based line and 1-based column, in code points, of a byte offset.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts[line - 1] as usize;
        let end = (offset as usize).min(self.text.len());
        let column = self.text.get(start..end).map_or(0, |s| s.chars().count());
        (line as u32, column as u32 + 1)
    }

    /// The text of a 1-based line without its line end, or "" when there is no such line.
    pub fn line(&self, line: u32) -> &str {
        let at = (line as usize).wrapping_sub(1);
        let Some(&start) = self.line_starts.get(at) else {
            return "";
        };
        let end = self
            .line_starts
            .get(at + 1)
            .map_or(self.text.len(), |&next| next as usize);
        self.text[start as usize..end].trim_end_matches(['\r', '\n'])
    }

    /// The text a span covers, or "" when it lies outside.
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }
}
