//! The tokens, and the part of the lexer that is a plain state machine (logos). Strings, numbers and names outside ASCII
//! are only recognised by their first characters here; `scan` measures the rest. Indentation is `layout`'s.

use crate::source::Span;
use logos::Logos;

/// A token without its text, which is found through its span.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\x0c]+")]
#[logos(skip r"\\(\r\n|\n|\r)")]
#[rustfmt::skip]
pub(crate) enum Token {
    #[token("False")] False,
    #[token("None")] None,
    #[token("True")] True,
    #[token("and")] And,
    #[token("as")] As,
    #[token("assert")] Assert,
    #[token("async")] Async,
    #[token("await")] Await,
    #[token("break")] Break,
    #[token("class")] Class,
    #[token("continue")] Continue,
    #[token("def")] Def,
    #[token("del")] Del,
    #[token("elif")] Elif,
    #[token("else")] Else,
    #[token("except")] Except,
    #[token("finally")] Finally,
    #[token("for")] For,
    #[token("from")] From,
    #[token("global")] Global,
    #[token("if")] If,
    #[token("import")] Import,
    #[token("in")] In,
    #[token("is")] Is,
    #[token("lambda")] Lambda,
    #[token("nonlocal")] Nonlocal,
    #[token("not")] Not,
    #[token("or")] Or,
    #[token("pass")] Pass,
    #[token("raise")] Raise,
    #[token("return")] Return,
    #[token("try")] Try,
    #[token("while")] While,
    #[token("with")] With,
    #[token("yield")] Yield,

    /// The soft keywords are names until `soft` finds them at work.
    Match,
    Case,
    Type,
    /// The `(` of `with (a as b, c):`.
    WithParen,

    #[token("(")] LeftParen,
    #[token(")")] RightParen,
    #[token("[")] LeftBracket,
    #[token("]")] RightBracket,
    #[token("{")] LeftBrace,
    #[token("}")] RightBrace,
    #[token(",")] Comma,
    #[token(":")] Colon,
    #[token(";")] Semicolon,
    #[token(".")] Dot,
    #[token("...")] Ellipsis,
    #[token("->")] Arrow,
    #[token(":=")] Walrus,
    #[token("=")] Equal,
    #[token("!")] Bang,
    #[token("@")] At,
    #[token("+")] Plus,
    #[token("-")] Minus,
    #[token("*")] Star,
    #[token("**")] DoubleStar,
    #[token("/")] Slash,
    #[token("//")] DoubleSlash,
    #[token("%")] Percent,
    #[token("<<")] LeftShift,
    #[token(">>")] RightShift,
    #[token("&")] Ampersand,
    #[token("|")] Bar,
    #[token("^")] Caret,
    #[token("~")] Tilde,
    #[token("<")] Less,
    #[token("<=")] LessEqual,
    #[token(">")] Greater,
    #[token(">=")] GreaterEqual,
    #[token("==")] EqualEqual,
    #[token("!=")] NotEqual,
    #[token("+=")] PlusEqual,
    #[token("-=")] MinusEqual,
    #[token("*=")] StarEqual,
    #[token("**=")] DoubleStarEqual,
    #[token("/=")] SlashEqual,
    #[token("//=")] DoubleSlashEqual,
    #[token("%=")] PercentEqual,
    #[token("<<=")] LeftShiftEqual,
    #[token(">>=")] RightShiftEqual,
    #[token("&=")] AmpersandEqual,
    #[token("|=")] BarEqual,
    #[token("^=")] CaretEqual,
    #[token("@=")] AtEqual,

    #[regex("[A-Za-z_][A-Za-z0-9_]*")] Name,
    #[regex(r"\.?[0-9]")] Number,
    #[regex(r#"([rR]|[bB]|[uU]|[rR][bB]|[bB][rR])?("""|'''|"|')"#)] Str,
    #[regex(r#"([fF]|[rR][fF]|[fF][rR])("""|'''|"|')"#)] FStringStart,
    /// Text between the fields of an f-string or of a format spec.
    FStringMiddle,
    /// The same in a raw f-string.
    RawFStringMiddle,
    FStringEnd,
    /// The `{`, `:` and `}` of an f-string's field.
    FieldStart,
    FieldSpec,
    FieldEnd,

    #[regex(r"\r\n|\n|\r")] Newline,
    #[regex(r"#[^\r\n]*", allow_greedy = true)] Comment,
    #[regex(r"[^\x00-\x7f]")] NonAscii,
}

/// A token in its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    /// Which token.
    pub(crate) token: Token,
    /// Where.
    pub(crate) span: Span,
}

impl Token {
    /// A reserved word.
    pub(crate) fn is_keyword(self) -> bool {
        (self as u8) <= Token::Yield as u8
    }

    /// `(`, `[`, `{` or the start of a field.
    pub(crate) fn is_opener(self) -> bool {
        matches!(
            self,
            Token::LeftParen
                | Token::WithParen
                | Token::LeftBracket
                | Token::LeftBrace
                | Token::FieldStart
        )
    }

    /// `)`, `]`, `}` or the end of a field.
    pub(crate) fn is_closer(self) -> bool {
        matches!(
            self,
            Token::RightParen | Token::RightBracket | Token::RightBrace | Token::FieldEnd
        )
    }

    /// A statement with this first word has a block.
    pub(crate) fn opens_block(self) -> bool {
        matches!(
            self,
            Token::If
                | Token::Elif
                | Token::Else
                | Token::For
                | Token::While
                | Token::With
                | Token::Try
                | Token::Except
                | Token::Finally
                | Token::Def
                | Token::Class
                | Token::Match
                | Token::Case
        )
    }

    /// Words that can only begin a statement, so that one at the start of a line proves an open bracket forgotten.
    pub(crate) fn only_begins_statement(self) -> bool {
        matches!(
            self,
            Token::Assert
                | Token::Break
                | Token::Class
                | Token::Continue
                | Token::Def
                | Token::Del
                | Token::Elif
                | Token::Except
                | Token::Finally
                | Token::Global
                | Token::Import
                | Token::Nonlocal
                | Token::Pass
                | Token::Raise
                | Token::Return
                | Token::Try
                | Token::While
                | Token::With
        )
    }

    /// An expression can start with this token.
    pub(crate) fn begins_operand(self) -> bool {
        matches!(
            self,
            Token::Name
                | Token::Number
                | Token::Str
                | Token::FStringStart
                | Token::False
                | Token::None
                | Token::True
                | Token::Lambda
                | Token::Await
                | Token::Not
                | Token::Tilde
                | Token::Ellipsis
                | Token::LeftParen
                | Token::LeftBracket
                | Token::LeftBrace
        )
    }

    /// An expression can end with this token.
    pub(crate) fn ends_operand(self) -> bool {
        matches!(
            self,
            Token::Name
                | Token::Number
                | Token::Str
                | Token::FStringEnd
                | Token::False
                | Token::None
                | Token::True
                | Token::Ellipsis
                | Token::RightParen
                | Token::RightBracket
                | Token::RightBrace
        )
    }
}
