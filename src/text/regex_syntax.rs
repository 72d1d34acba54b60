//! Python's regular expression syntax, translated to that of the crate `fancy-regex`. One pass with a stack of the groups that are
//! open. Flags but IGNORECASE are resolved here; group names stay here too, the translation has numbers only.

use super::surrogates::{self, RESERVED, code_point, from_code_point, is_reserved};
use std::fmt::Write as _;

/// `re.IGNORECASE`
pub const IGNORECASE: u32 = 2;
/// `re.LOCALE`
pub const LOCALE: u32 = 4;
/// `re.MULTILINE`
pub const MULTILINE: u32 = 8;
/// `re.DOTALL`
pub const DOTALL: u32 = 16;
/// `re.UNICODE`
pub const UNICODE: u32 = 32;
/// `re.VERBOSE`
pub const VERBOSE: u32 = 64;
/// `re.ASCII`
pub const ASCII: u32 = 256;

/// Stands for `$` in a translation; what it means depends on whether the text ends with a line feed.
pub const END_MARK: char = '\u{10FFFE}';

/// The position of a mistake that is in no one place.
pub const NOWHERE: usize = usize::MAX;

/// Groups open at once.
const MAX_DEPTH: usize = 200;
/// Sizes beyond this are as good as unbounded.
const MANY: u64 = 1 << 40;

/// A translated pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The pattern for the crate, with [`END_MARK`] for `$`.
    pub pattern: String,
    /// The flags in force.
    pub flags: u32,
    /// The number of groups.
    pub groups: usize,
    /// The names of groups.
    pub names: Vec<(String, usize)>,
    /// For each group, from the first, when its closing bracket comes.
    pub closing: Vec<usize>,
}

/// What is wrong with a pattern, and the code point it is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// CPython's message.
    pub message: String,
    /// Where.
    pub position: usize,
}

type Result<T> = std::result::Result<T, PatternError>;

fn error<T>(message: impl Into<String>, position: usize) -> Result<T> {
    Err(PatternError {
        message: message.into(),
        position,
    })
}

/// What may be repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Anchor,
    Item,
    Repeat,
}

/// A group that is open.
struct Open {
    /// Where its bracket is.
    position: usize,
    /// Its number, if it captures.
    number: Option<usize>,
    flags: u32,
    kind: Kind,
    /// Least and greatest width of the alternatives so far, and of the one that is being read.
    alternatives: Option<(u64, u64)>,
    width: (u64, u64),
    bars: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    LookAhead,
    LookBehind,
    Conditional,
}

struct Translator<'a> {
    text: &'a [char],
    at: usize,
    out: String,
    flags: u32,
    is_bytes: bool,
    groups: usize,
    names: Vec<(String, usize)>,
    /// The width of each group that is closed.
    widths: Vec<Option<(u64, u64)>>,
    closing: Vec<usize>,
    closed: usize,
    stack: Vec<Open>,
    /// The first condition on a group that was not there yet.
    missing: Option<(usize, usize)>,
    last: Last,
    /// Where the last item begins in the output, and its width.
    item: (usize, (u64, u64)),
}

/// Translates a pattern.
///
/// # Errors
/// CPython's messages for patterns it refuses, and a message of acoro's own for what only acoro refuses.
pub fn translate(pattern: &str, flags: u32, is_bytes: bool) -> Result<Translated> {
    let text: Vec<char> = pattern.chars().collect();
    let mut flags = flags;
    if flags & LOCALE != 0 {
        return error("acoro has no LOCALE flag", 0);
    }
    if !is_bytes && flags & ASCII == 0 {
        flags |= UNICODE;
    }
    let mut translator = Translator {
        text: &text,
        at: 0,
        out: String::new(),
        flags,
        is_bytes,
        groups: 0,
        names: Vec::new(),
        widths: Vec::new(),
        closing: Vec::new(),
        closed: 0,
        stack: Vec::new(),
        missing: None,
        last: Last::Nothing,
        item: (0, (0, 0)),
    };
    translator.global_flags()?;
    if is_bytes && translator.flags & UNICODE != 0 {
        return error("cannot use UNICODE flag with a bytes pattern", 0);
    }
    if translator.flags & ASCII != 0 && translator.flags & UNICODE != 0 {
        if flags & ASCII != 0 && flags & UNICODE != 0 {
            return error("ASCII and UNICODE flags are incompatible", 0);
        }
        translator.flags &= !UNICODE;
    }
    let flags = translator.flags;
    let folds = translator.folds();
    if folds {
        translator.out.push_str("(?i:");
    }
    translator.stack.push(Open {
        position: 0,
        number: None,
        flags,
        kind: Kind::Plain,
        alternatives: None,
        width: (0, 0),
        bars: 0,
    });
    translator.run()?;
    if folds {
        translator.out.push(')');
    }
    Ok(Translated {
        pattern: translator.out,
        flags,
        groups: translator.groups,
        names: translator.names,
        closing: translator.closing,
    })
}

fn flag(letter: char) -> Option<u32> {
    Some(match letter {
        'i' => IGNORECASE,
        'L' => LOCALE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        'a' => ASCII,
        'u' => UNICODE,
        _ => return None,
    })
}

fn other_case(c: char) -> Option<char> {
    if c.is_ascii_lowercase() {
        Some(c.to_ascii_uppercase())
    } else if c.is_ascii_uppercase() {
        Some(c.to_ascii_lowercase())
    } else {
        None
    }
}

impl Translator<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        self.at += usize::from(there);
        there
    }

    /// Does the crate fold case? With ASCII the letters are written out instead.
    fn folds(&self) -> bool {
        self.flags & IGNORECASE != 0 && !self.ascii()
    }

    fn ascii(&self) -> bool {
        self.is_bytes || self.flags & ASCII != 0
    }

    /// `(?ims)` at the very beginning.
    fn global_flags(&mut self) -> Result<()> {
        loop {
            self.pass_space();
            let start = self.at;
            if !(self.eat('(') && self.eat('?')) {
                self.at = start;
                return Ok(());
            }
            let mut found = 0;
            while let Some(flag) = self.peek().and_then(flag) {
                if flag == LOCALE {
                    return error("acoro has no LOCALE flag", self.at);
                }
                found |= flag;
                self.at += 1;
            }
            if found == 0 || !self.eat(')') {
                self.at = start;
                return Ok(());
            }
            self.flags |= found;
        }
    }

    /// Passes over what a verbose pattern ignores.
    fn pass_space(&mut self) {
        while self.flags & VERBOSE != 0 {
            match self.peek() {
                Some(' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c') => self.at += 1,
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn open(&mut self) -> &mut Open {
        self.stack
            .last_mut()
            .expect("the outermost group is never closed")
    }

    /// Emits an item of a width.
    fn emit(&mut self, text: &str, width: (u64, u64), last: Last) {
        self.item = (self.out.len(), width);
        self.out.push_str(text);
        self.last = last;
        self.add(width);
    }

    fn add(&mut self, width: (u64, u64)) {
        let open = self.open();
        open.width.0 = (open.width.0 + width.0).min(MANY);
        open.width.1 = (open.width.1 + width.1).min(MANY);
    }

    fn literal(&mut self, c: char) {
        let mut text = String::new();
        match other_case(c) {
            Some(other) if self.flags & IGNORECASE != 0 && self.ascii() => {
                let _ = write!(text, "[{c}{other}]");
            }
            _ => push_char(&mut text, c),
        }
        self.emit(&text, (1, 1), Last::Item);
    }

    fn run(&mut self) -> Result<()> {
        while let Some(c) = self.peek() {
            let position = self.at;
            self.at += 1;
            if self.flags & VERBOSE != 0 {
                if c.is_ascii_whitespace() || c == '\x0b' {
                    continue;
                }
                if c == '#' {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                    continue;
                }
            }
            match c {
                '|' => self.bar(position)?,
                '(' => self.open_group(position)?,
                ')' => self.close_group(position)?,
                '[' => self.set(position)?,
                '.' => {
                    let text = if self.flags & DOTALL != 0 {
                        "(?s:.)"
                    } else {
                        r"[^\n]"
                    };
                    self.emit(text, (1, 1), Last::Item);
                }
                '^' => {
                    let text = if self.flags & MULTILINE != 0 {
                        "(?m:^)"
                    } else {
                        r"\A"
                    };
                    self.emit(text, (0, 0), Last::Anchor);
                }
                '$' => {
                    let mark = END_MARK.to_string();
                    let text = if self.flags & MULTILINE != 0 {
                        "(?m:$)"
                    } else {
                        &mark
                    };
                    self.emit(text, (0, 0), Last::Anchor);
                }
                '\\' => self.escape(position)?,
                '*' | '+' | '?' | '{' => self.repeat(c, position)?,
                _ => self.literal(c),
            }
        }
        if self.stack.len() > 1 {
            let position = self.open().position;
            return error("missing ), unterminated subpattern", position);
        }
        if let Some((number, at)) = self.missing.filter(|&(number, _)| number > self.groups) {
            return error(format!("invalid group reference {number}"), at);
        }
        Ok(())
    }

    fn bar(&mut self, position: usize) -> Result<()> {
        let open = self.open();
        open.bars += 1;
        if open.kind == Kind::Conditional && open.bars > 1 {
            return error("conditional backref with more than two branches", position);
        }
        let width = open.width;
        open.alternatives = Some(match open.alternatives {
            Some((low, high)) => (low.min(width.0), high.max(width.1)),
            None => width,
        });
        open.width = (0, 0);
        self.out.push('|');
        self.last = Last::Nothing;
        Ok(())
    }

    fn open_group(&mut self, position: usize) -> Result<()> {
        if self.stack.len() > MAX_DEPTH {
            return error("acoro: groups are nested too deeply", position);
        }
        let mut number = None;
        let mut kind = Kind::Plain;
        let mut flags = self.flags;
        let begins = self.out.len();
        if self.eat('?') {
            let Some(c) = self.peek() else {
                return error("unexpected end of pattern", self.at);
            };
            self.at += 1;
            match c {
                ':' => self.out.push_str("(?:"),
                '>' => self.out.push_str("(?>"),
                '=' => {
                    kind = Kind::LookAhead;
                    self.out.push_str("(?=");
                }
                '!' => {
                    kind = Kind::LookAhead;
                    self.out.push_str("(?!");
                }
                '<' => {
                    kind = Kind::LookBehind;
                    let Some(c) = self.peek() else {
                        return error("unexpected end of pattern", self.at);
                    };
                    self.at += 1;
                    match c {
                        '=' => self.out.push_str("(?<="),
                        '!' => self.out.push_str("(?<!"),
                        _ => return error(format!("unknown extension ?<{c}"), position + 1),
                    }
                }
                '#' => return self.comment(position),
                'P' => {
                    if self.eat('=') {
                        return self.named_reference(position);
                    }
                    if !self.eat('<') {
                        return match self.peek() {
                            None => error("unexpected end of pattern", self.at),
                            Some(c) => error(format!("unknown extension ?P{c}"), position + 1),
                        };
                    }
                    let at = self.at;
                    let name = self.name('>', "group name")?;
                    check_name(&name, at)?;
                    if let Some((_, before)) = self.names.iter().find(|(other, _)| *other == name) {
                        let next = self.groups + 1;
                        return error(
                            format!(
                                "redefinition of group name {} as group {next}; was group {before}",
                                quoted(&name)
                            ),
                            at,
                        );
                    }
                    self.groups += 1;
                    self.names.push((name, self.groups));
                    number = Some(self.groups);
                    self.out.push('(');
                }
                '(' => {
                    kind = Kind::Conditional;
                    self.condition()?;
                }
                _ if c == '-' || flag(c).is_some() => {
                    self.at -= 1;
                    match self.scoped_flags(position)? {
                        Some(new) => flags = new,
                        None => return Ok(()),
                    }
                    let before = self.folds();
                    let outer = std::mem::replace(&mut self.flags, flags);
                    let after = self.folds();
                    self.flags = outer;
                    self.out.push_str(match (before, after) {
                        (false, true) => "(?i:",
                        (true, false) => "(?-i:",
                        _ => "(?:",
                    });
                }
                _ => return error(format!("unknown extension ?{c}"), position + 1),
            }
        } else {
            self.groups += 1;
            number = Some(self.groups);
            self.out.push('(');
        }
        if number.is_some() {
            self.widths.push(None);
            self.closing.push(0);
        }
        // Where the group begins is needed when it is repeated.
        let outer = std::mem::replace(&mut self.flags, flags);
        self.stack.push(Open {
            position,
            number,
            flags: outer,
            kind,
            alternatives: None,
            width: (0, 0),
            bars: 0,
        });
        self.item = (begins, (0, 0));
        self.last = Last::Nothing;
        Ok(())
    }

    fn close_group(&mut self, position: usize) -> Result<()> {
        if self.stack.len() == 1 {
            return error("unbalanced parenthesis", position);
        }
        let open = self.stack.pop().expect("it was just seen");
        let mut width = match open.alternatives {
            Some((low, high)) => (low.min(open.width.0), high.max(open.width.1)),
            None => open.width,
        };
        if open.kind == Kind::Conditional && open.bars == 0 {
            width.0 = 0;
        }
        if open.kind == Kind::LookBehind && width.0 != width.1 {
            return error("look-behind requires fixed-width pattern", NOWHERE);
        }
        self.out.push(')');
        if let Some(number) = open.number {
            self.widths[number - 1] = Some(width);
            self.closing[number - 1] = self.closed;
            self.closed += 1;
        }
        if matches!(open.kind, Kind::LookAhead | Kind::LookBehind) {
            width = (0, 0);
        }
        self.flags = open.flags;
        self.item = (usize::MAX, width);
        self.last = Last::Item;
        self.add(width);
        Ok(())
    }

    fn comment(&mut self, position: usize) -> Result<()> {
        loop {
            match self.peek() {
                None => return error("missing ), unterminated comment", position),
                Some(')') => break,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn name(&mut self, end: char, what: &str) -> Result<String> {
        let start = self.at;
        let mut name = String::new();
        loop {
            match self.peek() {
                None if name.is_empty() => return error(format!("missing {what}"), start),
                None => return error(format!("missing {end}, unterminated name"), start),
                Some(c) if c == end => break,
                Some(c) => name.push(c),
            }
            self.at += 1;
        }
        if name.is_empty() {
            return error(format!("missing {what}"), start);
        }
        self.at += 1;
        Ok(name)
    }

    fn named_reference(&mut self, _position: usize) -> Result<()> {
        let at = self.at;
        let name = self.name(')', "group name")?;
        check_name(&name, at)?;
        match self.names.iter().find(|(other, _)| *other == name) {
            Some(&(_, number)) => self.reference(number, at),
            None => error(format!("unknown group name {}", quoted(&name)), at),
        }
    }

    fn reference(&mut self, number: usize, at: usize) -> Result<()> {
        let Some(width) = self.widths[number - 1] else {
            return error("cannot refer to an open group", at);
        };
        self.emit(&format!("(?:\\{number})"), width, Last::Item);
        Ok(())
    }

    fn condition(&mut self) -> Result<()> {
        let at = self.at;
        let name = self.name(')', "group name")?;
        let number = if name.chars().all(|c| c.is_ascii_digit()) {
            let number: usize = name.parse().unwrap_or(usize::MAX);
            if number == 0 {
                return error("bad group number", at);
            }
            if number > 1000 {
                return error(format!("invalid group reference {name}"), at);
            }
            number
        } else {
            check_name(&name, at)?;
            match self.names.iter().find(|(other, _)| *other == name) {
                Some(&(_, number)) => number,
                None => return error(format!("unknown group name {}", quoted(&name)), at),
            }
        };
        if number > self.groups && self.missing.is_none() {
            self.missing = Some((number, at));
        }
        let _ = write!(self.out, "(?({number})");
        Ok(())
    }

    /// The flags of `(?aimsx-imsx:`; None for flags in the middle of a pattern, which are an error, or none at all.
    fn scoped_flags(&mut self, position: usize) -> Result<Option<u32>> {
        let (mut add, mut remove) = (0, 0);
        while let Some(c) = self.peek() {
            let Some(found) = flag(c) else { break };
            if found == LOCALE {
                return error("acoro has no LOCALE flag", self.at);
            }
            if self.is_bytes && found == UNICODE {
                return error(
                    "bad inline flags: cannot use 'u' flag with a bytes pattern",
                    self.at + 1,
                );
            }
            add |= found;
            if add & ASCII != 0 && add & UNICODE != 0 {
                return error(
                    "bad inline flags: flags 'a', 'u' and 'L' are incompatible",
                    self.at + 1,
                );
            }
            self.at += 1;
        }
        match self.peek() {
            Some(')') => return error("global flags not at the start of the expression", position),
            Some(':') => {
                self.at += 1;
                return Ok(Some(self.with_flags(add, 0)));
            }
            Some('-') => self.at += 1,
            None => return error("missing -, : or )", self.at),
            Some(c) if c.is_alphabetic() => return error("unknown flag", self.at),
            Some(_) => return error("missing -, : or )", self.at),
        }
        match self.peek() {
            None => return error("missing flag", self.at),
            Some(c) if flag(c).is_none() => {
                let message = if c.is_alphabetic() {
                    "unknown flag"
                } else {
                    "missing flag"
                };
                return error(message, self.at);
            }
            Some(_) => {}
        }
        while let Some(c) = self.peek() {
            let Some(found) = flag(c) else { break };
            if found & (ASCII | UNICODE | LOCALE) != 0 {
                return error(
                    "bad inline flags: cannot turn off flags 'a', 'u' and 'L'",
                    self.at + 1,
                );
            }
            remove |= found;
            self.at += 1;
        }
        match self.peek() {
            Some(':') => self.at += 1,
            Some(c) if c.is_alphabetic() => return error("unknown flag", self.at),
            _ => return error("missing :", self.at),
        }
        if add & remove != 0 {
            return error("bad inline flags: flag turned on and off", self.at - 1);
        }
        Ok(Some(self.with_flags(add, remove)))
    }

    fn with_flags(&self, add: u32, remove: u32) -> u32 {
        let mut flags = self.flags;
        if add & (ASCII | UNICODE) != 0 {
            flags &= !(ASCII | UNICODE);
        }
        (flags | add) & !remove
    }

    fn repeat(&mut self, c: char, position: usize) -> Result<()> {
        let (low, high) = match c {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            _ => match self.bounds(position)? {
                Some(bounds) => bounds,
                None => {
                    self.literal('{');
                    return Ok(());
                }
            },
        };
        match self.last {
            Last::Nothing | Last::Anchor => return error("nothing to repeat", position),
            Last::Repeat => return error("multiple repeat", position),
            Last::Item => {}
        }
        let mut text = match (low, high) {
            (0, None) => "*".to_owned(),
            (1, None) => "+".to_owned(),
            (0, Some(1)) => "?".to_owned(),
            (low, None) => format!("{{{low},}}"),
            (low, Some(high)) => format!("{{{low},{high}}}"),
        };
        if self.eat('?') {
            text.push('?');
        } else if self.eat('+') {
            text.push('+');
        }
        self.out.push_str(&text);
        let width = self.item.1;
        let most = match (high, width.1) {
            (_, 0) => 0,
            (None, _) => MANY,
            (Some(high), most) => most.saturating_mul(high).min(MANY),
        };
        let open = self.open();
        open.width.0 =
            (open.width.0 - width.0.min(open.width.0)) + width.0.saturating_mul(low).min(MANY);
        open.width.1 = if open.width.1 >= MANY {
            MANY
        } else {
            (open.width.1 - width.1 + most).min(MANY)
        };
        self.last = Last::Repeat;
        Ok(())
    }

    /// `{m}`, `{m,}`, `{,n}`, `{m,n}`; None if it is none of them.
    fn bounds(&mut self, position: usize) -> Result<Option<(u64, Option<u64>)>> {
        let start = self.at;
        if self.eat('}') {
            self.at = start;
            return Ok(None);
        }
        let number = |this: &mut Self| -> Option<String> {
            let mut digits = String::new();
            while let Some(c) = this.peek().filter(char::is_ascii_digit) {
                digits.push(c);
                this.at += 1;
            }
            (!digits.is_empty()).then_some(digits)
        };
        let low = number(self);
        let high = if self.eat(',') {
            number(self)
        } else {
            low.clone()
        };
        let comma = self.text[start..self.at].contains(&',');
        if !self.eat('}') || (low.is_none() && !comma) {
            self.at = start;
            return Ok(None);
        }
        let parse = |text: Option<String>| -> std::result::Result<Option<u64>, ()> {
            match text {
                None => Ok(None),
                Some(text) => text
                    .parse::<u64>()
                    .ok()
                    .filter(|&number| number < 4_294_967_295)
                    .map(Some)
                    .ok_or(()),
            }
        };
        let (Ok(low), Ok(high)) = (parse(low), parse(high)) else {
            return error("the repetition number is too large", position);
        };
        let low = low.unwrap_or(0);
        if high.is_some_and(|high| high < low) {
            return error("min repeat greater than max repeat", start);
        }
        Ok(Some((low, high)))
    }

    /// The set a category letter means, as the inside of brackets.
    fn category(&self, letter: char) -> Option<(&'static str, bool)> {
        let ascii = self.ascii();
        Some(match letter {
            'd' | 'D' => (if ascii { "0-9" } else { r"\d" }, letter == 'D'),
            's' | 'S' => (
                if ascii {
                    r" \t\n\r\x0b\x0c"
                } else {
                    r"\s\x1c-\x1f"
                },
                letter == 'S',
            ),
            'w' | 'W' => (
                if ascii { "0-9A-Za-z_" } else { r"\p{L}\p{N}_" },
                letter == 'W',
            ),
            _ => return None,
        })
    }

    fn escape(&mut self, position: usize) -> Result<()> {
        let Some(c) = self.peek() else {
            return error("bad escape (end of pattern)", position);
        };
        self.at += 1;
        if let Some((inside, negated)) = self.category(c) {
            let text = format!("[{}{inside}]", if negated { "^" } else { "" });
            self.emit(&text, (1, 1), Last::Item);
            return Ok(());
        }
        match c {
            'A' => self.emit(r"\A", (0, 0), Last::Anchor),
            'Z' => self.emit(r"\z", (0, 0), Last::Anchor),
            'b' => {
                let text = match self.ascii() {
                    true => {
                        "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))"
                    }
                    false => r"\b",
                };
                self.emit(text, (0, 0), Last::Anchor);
            }
            'B' => {
                let text = match self.ascii() {
                    true => {
                        r"(?:(?!\A\z)(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_])))"
                    }
                    false => r"(?:\B(?!\A\z))",
                };
                self.emit(text, (0, 0), Last::Anchor);
            }
            '0' => {
                let c = self.octal(2, '0');
                self.literal(c);
            }
            '1'..='9' => {
                // Three octal digits are a character, up to two digits otherwise a group.
                let digits: String = self.text[self.at - 1..].iter().take(3).collect();
                if digits.len() == 3
                    && matches!(c, '1'..='7')
                    && digits.chars().all(|c| matches!(c, '0'..='7'))
                {
                    self.at += 2;
                    let value = u32::from_str_radix(&digits, 8).unwrap_or(0);
                    if value > 0o377 {
                        return error(
                            format!("octal escape value \\{digits} outside of range 0-0o377"),
                            position,
                        );
                    }
                    self.literal(char::from_u32(value).unwrap_or_default());
                    return Ok(());
                }
                let mut number = c.to_digit(10).unwrap_or(0) as usize;
                if let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
                    number = number * 10 + digit as usize;
                    self.at += 1;
                }
                if number > self.groups {
                    return error(format!("invalid group reference {number}"), position + 1);
                }
                return self.reference(number, position);
            }
            _ => {
                let c = self.character_escape(c, position)?;
                self.literal(c);
            }
        }
        Ok(())
    }

    fn octal(&mut self, more: usize, first: char) -> char {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..more {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else {
                break;
            };
            value = value * 8 + digit;
            self.at += 1;
        }
        char::from_u32(value).unwrap_or_default()
    }

    /// An escape that is one character, in a set or outside.
    fn character_escape(&mut self, c: char, position: usize) -> Result<char> {
        Ok(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\x0c',
            'v' => '\x0b',
            'a' => '\x07',
            'x' => self.hex(2, position)?,
            'u' if !self.is_bytes => self.hex(4, position)?,
            'U' if !self.is_bytes => self.hex(8, position)?,
            'N' if !self.is_bytes => {
                if !self.eat('{') {
                    return error("missing {", self.at);
                }
                let start = self.at;
                let name: String = self.text[start..]
                    .iter()
                    .take_while(|&&c| c != '}')
                    .collect();
                let end = start + name.chars().count();
                if name.is_empty() {
                    return error("missing character name", start);
                }
                if end == self.text.len() {
                    return error("missing }, unterminated name", start);
                }
                self.at = end + 1;
                match unicode_names2::character(&name) {
                    Some(c) => c,
                    None => {
                        return error(format!("undefined character name '{name}'"), position);
                    }
                }
            }
            c if c.is_ascii_alphabetic() => return error(format!("bad escape \\{c}"), position),
            c => c,
        })
    }

    fn hex(&mut self, digits: usize, position: usize) -> Result<char> {
        let start = self.at;
        let found: String = self.text[start..]
            .iter()
            .take(digits)
            .take_while(|c| c.is_ascii_hexdigit())
            .collect();
        self.at += found.len();
        let shown: String = self.text[position..self.at].iter().collect();
        if found.len() != digits {
            return error(format!("incomplete escape {shown}"), position);
        }
        let code = u32::from_str_radix(&found, 16).unwrap_or(u32::MAX);
        match from_code_point(code) {
            Some(c) => Ok(c),
            None if is_reserved(code) => error(format!("bad escape {shown}: {RESERVED}"), position),
            None => error(format!("bad escape {shown}"), position),
        }
    }

    /// `[...]`
    fn set(&mut self, position: usize) -> Result<()> {
        let mut text = String::from("[");
        if self.eat('^') {
            text.push('^');
        }
        let folding = self.flags & IGNORECASE != 0 && self.ascii();
        let first = self.at;
        let mut seam = Seam::default();
        loop {
            let here = self.at;
            let Some(c) = self.peek() else {
                return error("unterminated character set", position);
            };
            self.at += 1;
            if c == ']' && here != first {
                break;
            }
            let Some(low) = self.set_item(c, here, &mut text)? else {
                if self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|&c| c != ']')
                {
                    let shown: String = self.text[here..self.at + 2].iter().collect();
                    return error(format!("bad character range {shown}"), here);
                }
                continue;
            };
            if self.peek() == Some('-') && self.text.get(self.at + 1).is_none() {
                return error("unterminated character set", position);
            }
            if self.peek() == Some('-') && self.text.get(self.at + 1) != Some(&']') {
                self.at += 1;
                let at = self.at;
                let Some(c) = self.peek() else {
                    return error("unterminated character set", position);
                };
                self.at += 1;
                let mut ignored = String::new();
                let high = self.set_item(c, at, &mut ignored)?;
                match high {
                    Some(high) if code_point(high) >= code_point(low) => {
                        push_range(&mut text, low, high, folding, &mut seam);
                    }
                    _ => {
                        // Of an escape CPython shows the first letter, and counts back by what it shows.
                        let shown = |at: usize| {
                            let length = if self.text[at] == '\\' { 2 } else { 1 };
                            self.text[at..at + length].iter().collect::<String>()
                        };
                        let shown = format!("{}-{}", shown(here), shown(at));
                        let position = self.at - shown.chars().count();
                        return error(format!("bad character range {shown}"), position);
                    }
                }
                continue;
            }
            push_range(&mut text, low, low, folding, &mut seam);
        }
        seam.close(&mut text);
        text.push(']');
        self.emit(&text, (1, 1), Last::Item);
        Ok(())
    }

    /// A character of a set; None for a category, which is written at once.
    fn set_item(&mut self, c: char, position: usize, out: &mut String) -> Result<Option<char>> {
        if c != '\\' {
            return Ok(Some(c));
        }
        let Some(c) = self.peek() else {
            return error("bad escape (end of pattern)", position);
        };
        self.at += 1;
        if let Some((inside, negated)) = self.category(c) {
            match negated {
                true => {
                    let _ = write!(out, "[^{inside}]");
                }
                false => out.push_str(inside),
            }
            return Ok(None);
        }
        match c {
            'b' => Ok(Some('\x08')),
            '0'..='7' => {
                let before = self.at - 1;
                let c = self.octal(2, c);
                if c as u32 > 0o377 {
                    let shown: String = self.text[before..self.at].iter().collect();
                    return error(
                        format!("octal escape value \\{shown} outside of range 0-0o377"),
                        position,
                    );
                }
                Ok(Some(c))
            }
            '8' | '9' => error(format!("bad escape \\{c}"), position),
            _ => self.character_escape(c, position).map(Some),
        }
    }
}

/// A group's name must be an identifier.
fn check_name(name: &str, position: usize) -> Result<()> {
    let mut characters = name.chars();
    let good = characters
        .next()
        .is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && characters.all(unicode_ident::is_xid_continue);
    if good {
        Ok(())
    } else {
        error(
            format!("bad character in group name {}", quoted(name)),
            position,
        )
    }
}

fn quoted(name: &str) -> String {
    super::repr_str(name)
}

fn push_char(out: &mut String, c: char) {
    if c.is_alphanumeric() && c.is_ascii() {
        out.push(c);
    } else {
        let _ = write!(out, "\\x{{{:x}}}", c as u32);
    }
}

/// What a set has on both sides of where the surrogates are not. The crate takes ranges that meet there for separate ones, and negates
/// them wrongly, unless they are written as one too.
#[derive(Default)]
struct Seam {
    /// The lowest beginning of a range up to U+D7FF.
    below: Option<char>,
    /// The highest end of a range from U+E000 on.
    above: Option<char>,
}

impl Seam {
    fn note(&mut self, low: char, high: char) {
        if high == '\u{d7ff}' {
            self.below = Some(self.below.map_or(low, |below| below.min(low)));
        }
        if low == '\u{e000}' {
            self.above = self.above.max(Some(high));
        }
    }

    fn close(&self, out: &mut String) {
        if let (Some(below), Some(above)) = (self.below, self.above) {
            push_char(out, below);
            out.push('-');
            push_char(out, above);
        }
    }
}

fn push_range(out: &mut String, low: char, high: char, folding: bool, seam: &mut Seam) {
    for range in surrogates::ranges(code_point(low), code_point(high)) {
        let (first, last) = range.into_inner();
        push_char(out, first);
        if first != last {
            out.push('-');
            push_char(out, last);
        }
        seam.note(first, last);
    }
    if folding {
        for (from, to) in [('a', 'z'), ('A', 'Z')] {
            let (start, end) = (low.max(from), high.min(to));
            if start <= end
                && let (Some(start), Some(end)) = (other_case(start), other_case(end))
            {
                push_char(out, start);
                out.push('-');
                push_char(out, end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> String {
        translate(text, 0, false).map_or_else(
            |error| format!("{} at {}", error.message, error.position),
            |it| it.pattern,
        )
    }

    #[test]
    fn translations() {
        assert_eq!(pattern("a.b"), r"a[^\n]b");
        assert_eq!(pattern("(?P<x>a)(?P=x)"), r"(a)(?:\1)");
        assert_eq!(pattern("(?i)a"), "(?i:a)");
        assert_eq!(pattern("a{,3}b{2}c{x"), r"a{0,3}b{2,2}c\x{7b}x");
        assert_eq!(pattern("[]-a]"), r"[\x{5d}-a]");
        assert_eq!(
            pattern("(?<=a|bc)d"),
            "look-behind requires fixed-width pattern at 18446744073709551615"
        );
        assert_eq!(pattern("*a"), "nothing to repeat at 0");
        assert_eq!(pattern("(a"), "missing ), unterminated subpattern at 0");
    }
}
