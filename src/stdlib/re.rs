//! The native part of `re`: patterns are translated by `text::translate`, and matched by the crate `fancy-regex`. A compiled pattern is
//! no part of the machine: it is kept in a cache of the thread, and made anew where it is missing.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Class, Str};
use crate::text::regex_syntax::{self, END_MARK};
use crate::vm::{
    Args, NativeFn, NativeResult, Outcome, Raise, Vm, call, classes, names, native, ok,
};
use fancy_regex::{Regex, RegexBuilder, RegexInput};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_translate", "pattern, flags, is_bytes, /", translate),
    native("_check", "translated, /", check),
    native(
        "_match",
        "translated, text, pos, endpos, how, /",
        match_once,
    ),
    native("_scan", "translated, text, pos, endpos, limit, /", scan),
    native("_latin1", "data, /", latin1),
    native(
        "_new_match",
        "cls, pattern, string, pos, endpos, spans, /",
        new_match,
    ),
    native(
        "_find_one",
        "cls, pattern, translated, text, pos, endpos, how, /",
        find_one,
    ),
    native("_find_all", "translated, text, pos, endpos, /", find_all),
    native(
        "_replace_all",
        "translated, text, replacement, limit, /",
        replace_all,
    ),
    native("_match_group", "self, /, *groups", group),
];

/// Steps back after which a match is given up.
const STEPS: usize = 5_000_000;
/// Patterns kept.
const KEPT: usize = 400;

thread_local! {
    static PATTERNS: RefCell<HashMap<(String, bool), Rc<Regex>>> = RefCell::default();
    /// Those used last, by what `compiled` is asked.
    static RECENT: RefCell<Vec<(String, bool, bool, Rc<Regex>)>> = RefCell::default();
}

/// How many are looked through before the others.
const FEW: usize = 8;

/// What the machine and the matcher know of a text: where its code points begin, if they are not the bytes.
struct Subject<'a> {
    text: &'a str,
    starts: Option<Vec<u32>>,
}

impl<'a> Subject<'a> {
    fn new(vm: &'a Vm, id: Id<Str>, endpos: i64) -> Self {
        let object = &vm.heap[id];
        let text = vm.heap.text(id);
        if object.ascii() {
            let end = usize::try_from(endpos.max(0))
                .unwrap_or(usize::MAX)
                .min(text.len());
            return Self {
                text: &text[..end],
                starts: None,
            };
        }
        let mut starts: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).collect();
        starts.push(text.len() as u32);
        let end = usize::try_from(endpos.max(0))
            .unwrap_or(usize::MAX)
            .min(starts.len() - 1);
        starts.truncate(end + 1);
        Self {
            text: &text[..starts[end] as usize],
            starts: Some(starts),
        }
    }

    fn len(&self) -> usize {
        self.starts
            .as_ref()
            .map_or(self.text.len(), |starts| starts.len() - 1)
    }

    fn byte(&self, at: usize) -> usize {
        match &self.starts {
            Some(starts) => starts[at.min(starts.len() - 1)] as usize,
            None => at.min(self.text.len()),
        }
    }

    fn point(&self, byte: usize) -> i64 {
        match &self.starts {
            Some(starts) => starts.partition_point(|&start| (start as usize) < byte) as i64,
            None => byte as i64,
        }
    }
}

/// The compiled pattern. `ends_line`: the text ends with a line feed, before which `$` matches too.
fn compiled(translated: &str, ends_line: bool, not_empty: bool) -> Result<Rc<Regex>, String> {
    let recent = RECENT.with_borrow(|recent| {
        let known = recent.iter().find(|(pattern, line, empty, _)| {
            *line == ends_line && *empty == not_empty && pattern == translated
        });
        known.map(|(_, _, _, regex)| Rc::clone(regex))
    });
    if let Some(regex) = recent {
        return Ok(regex);
    }
    let regex = compiled_before(translated, ends_line, not_empty)?;
    RECENT.with_borrow_mut(|recent| {
        recent.truncate(FEW - 1);
        let row = (
            translated.to_owned(),
            ends_line,
            not_empty,
            Rc::clone(&regex),
        );
        recent.insert(0, row);
    });
    Ok(regex)
}

fn compiled_before(
    translated: &str,
    ends_line: bool,
    not_empty: bool,
) -> Result<Rc<Regex>, String> {
    let end = match ends_line {
        true => r"(?=\n?\z)",
        false => r"\z",
    };
    let pattern = translated.replace(END_MARK, end);
    PATTERNS.with_borrow_mut(|patterns| {
        let key = (pattern, not_empty);
        if let Some(found) = patterns.get(&key) {
            return Ok(Rc::clone(found));
        }
        let regex = RegexBuilder::new(&key.0)
            .backtrack_limit(STEPS)
            .find_not_empty(not_empty)
            .build()
            .map_err(|error| error.to_string())?;
        if patterns.len() >= KEPT {
            patterns.clear();
        }
        let regex = Rc::new(regex);
        patterns.insert(key, Rc::clone(&regex));
        Ok(regex)
    })
}

/// A match's groups as pairs of code points.
type Spans = Vec<Option<(usize, usize)>>;

/// The first match at or behind a byte.
fn find(
    translated: &str,
    subject: &str,
    from: usize,
    anchored: bool,
    not_empty: bool,
) -> Result<Option<Spans>, String> {
    let regex = match compiled(translated, subject.ends_with('\n'), not_empty) {
        Ok(regex) => regex,
        // A pattern that matches nothing but "" has no other match.
        Err(_) if not_empty => return Ok(None),
        Err(error) => return Err(error),
    };
    let input = RegexInput::new(subject).from_pos(from).anchored(anchored);
    let found = regex
        .captures_input(input)
        .map_err(|error| error.to_string())?;
    Ok(found.map(|captures| {
        (0..captures.len())
            .map(|group| {
                captures
                    .get(group)
                    .map(|found| (found.start(), found.end()))
            })
            .collect()
    }))
}

fn failed(vm: &mut Vm, message: &str) -> Raise {
    vm.raise(
        classes::RUNTIME_ERROR,
        format!("acoro gave up matching a regular expression: {message}"),
    )
}

/// Where each group begins and ends, in code points.
fn points(subject: &Subject, spans: &Spans) -> Vec<Value> {
    spans
        .iter()
        .flat_map(|span| match *span {
            Some((start, end)) => [subject.point(start), subject.point(end)],
            None => [-1, -1],
        })
        .map(Value::Int)
        .collect()
}

/// `(pattern, flags, groups, [(name, number), ...], (closing, ...))`, or `(message, position)`.
fn translate(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(pattern) = vm.as_str(args.get(vm, 0)) else {
        return vm.fail_type("first argument must be string or compiled pattern");
    };
    let flags = vm.index_arg(args.get(vm, 1))?;
    let is_bytes = args.get(vm, 2) == Value::Bool(true);
    let pattern = vm.heap.text(pattern).to_owned();
    match regex_syntax::translate(&pattern, u32::try_from(flags).unwrap_or(0), is_bytes) {
        Ok(translated) => {
            let pattern = vm.heap.str(translated.pattern);
            let names = translated
                .names
                .into_iter()
                .map(|(name, number)| {
                    let name = vm.heap.str(name);
                    vm.heap.tuple([name, Value::Int(number as i64)])
                })
                .collect();
            let names = vm.heap.list(names);
            let closing: Vec<Value> = translated
                .closing
                .iter()
                .map(|&at| Value::Int(at as i64))
                .collect();
            let closing = vm.heap.tuple(closing);
            let row = [
                pattern,
                Value::Int(translated.flags.into()),
                Value::Int(translated.groups as i64),
                names,
                closing,
            ];
            ok(vm.heap.tuple(row))
        }
        Err(error) => {
            let message = vm.heap.str(error.message);
            let position = i64::try_from(error.position).unwrap_or(-1);
            ok(vm.heap.tuple([message, Value::Int(position)]))
        }
    }
}

/// None if the crate takes the pattern, else what it says.
fn check(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(pattern) = vm.as_str(args.get(vm, 0)) else {
        return vm.fail_type("a translated pattern");
    };
    match compiled(vm.heap.text(pattern), false, false) {
        Ok(_) => ok(Value::None),
        Err(error) => ok(vm.heap.str(error)),
    }
}

/// The arguments of a search from number `at` on: the pattern, the text, where it begins and where it ends.
fn asked(vm: &mut Vm, args: Args, at: usize) -> Result<(Id<Str>, Id<Str>, usize, i64), Raise> {
    let (Some(pattern), Some(text)) =
        (vm.as_str(args.get(vm, at)), vm.as_str(args.get(vm, at + 1)))
    else {
        return Err(vm.type_error("expected string or bytes-like object"));
    };
    let pos = vm.clamped_arg(args.get(vm, at + 2))?.max(0);
    let endpos = vm.clamped_arg(args.get(vm, at + 3))?;
    let from = usize::try_from(pos).unwrap_or(usize::MAX);
    Ok((pattern, text, from, endpos))
}

/// One match. `how` is 0 for `search`, 1 for `match`, 2 for `fullmatch`.
fn match_once(vm: &mut Vm, args: Args) -> NativeResult {
    let how = args.get(vm, 4);
    let (pattern, text, from, endpos) = asked(vm, args, 0)?;
    match first_match(vm, pattern, text, from, endpos, how) {
        Ok(Some((points, _))) => ok(vm.heap.tuple(points)),
        Ok(None) => ok(Value::None),
        Err(error) => Err(failed(vm, &error)),
    }
}

/// Where the groups of a match are, and where the text ends that was looked at.
fn first_match(
    vm: &Vm,
    pattern: Id<Str>,
    text: Id<Str>,
    from: usize,
    endpos: i64,
    how: Value,
) -> Result<Option<(Vec<Value>, usize)>, String> {
    let subject = Subject::new(vm, text, endpos);
    if from > subject.len() {
        return Ok(None);
    }
    let translated = vm.heap.text(pattern);
    let whole = match how {
        Value::Int(2) => Some(format!(r"(?:{translated})\z")),
        _ => None,
    };
    let found = find(
        whole.as_deref().unwrap_or(translated),
        subject.text,
        subject.byte(from),
        how != Value::Int(0),
        false,
    )?;
    Ok(found.map(|spans| (points(&subject, &spans), subject.len())))
}

/// All matches from left to right, at most `limit` if that is not 0. An empty one may follow one that is not, as in CPython.
fn scan(vm: &mut Vm, args: Args) -> NativeResult {
    let limit = vm.clamped_arg(args.get(vm, 4))?;
    let (pattern, text, from, endpos) = asked(vm, args, 0)?;
    let subject = Subject::new(vm, text, endpos);
    if from > subject.len() {
        return ok(vm.heap.list(Vec::new()));
    }
    let found = all_matches(vm.heap.text(pattern), &subject, from, limit).map(|found| {
        let rows = found.iter().map(|spans| points(&subject, spans));
        rows.collect::<Vec<_>>()
    });
    match found {
        Ok(found) => {
            let found = found
                .into_iter()
                .map(|points| vm.heap.tuple(points))
                .collect();
            ok(vm.heap.list(found))
        }
        Err(error) => Err(failed(vm, &error)),
    }
}

/// What `findall` gives for a str: the texts of the matches, or of their groups.
fn find_all(vm: &mut Vm, args: Args) -> NativeResult {
    let (pattern, text, from, endpos) = asked(vm, args, 0)?;
    let subject = Subject::new(vm, text, endpos);
    if from > subject.len() {
        return ok(vm.heap.list(Vec::new()));
    }
    let found = all_matches(vm.heap.text(pattern), &subject, from, 0).map(|found| {
        let texts = |spans: &Spans| -> Vec<String> {
            let groups = if spans.len() > 1 {
                &spans[1..]
            } else {
                &spans[..]
            };
            let groups = groups
                .iter()
                .map(|span| span.map_or("", |(start, end)| &subject.text[start..end]));
            groups.map(str::to_owned).collect()
        };
        found.iter().map(texts).collect::<Vec<_>>()
    });
    let found = match found {
        Ok(found) => found,
        Err(error) => return Err(failed(vm, &error)),
    };
    let mut rows = Vec::with_capacity(found.len());
    for texts in found {
        let mut texts: Vec<Value> = texts.into_iter().map(|text| vm.heap.str(text)).collect();
        rows.push(match texts.len() {
            1 => texts.remove(0),
            _ => vm.heap.tuple(texts),
        });
    }
    ok(vm.heap.list(rows))
}

/// A str with its matches replaced by a plain text, and how many there were.
fn replace_all(vm: &mut Vm, args: Args) -> NativeResult {
    let limit = vm.clamped_arg(args.get(vm, 3))?;
    let (Some(pattern), Some(text), Some(with)) = (
        vm.as_str(args.get(vm, 0)),
        vm.as_str(args.get(vm, 1)),
        vm.as_str(args.get(vm, 2)),
    ) else {
        return vm.fail_type("expected string or bytes-like object");
    };
    let subject = Subject::new(vm, text, i64::MAX);
    let found = match all_matches(vm.heap.text(pattern), &subject, 0, limit) {
        Ok(found) => found,
        Err(error) => return Err(failed(vm, &error)),
    };
    let with = vm.heap.text(with);
    let size = subject
        .text
        .len()
        .saturating_add(found.len().saturating_mul(with.len()));
    if !vm.heap.has_room(size) {
        return Ok(Outcome::NeedMemory(size));
    }
    let mut result = String::with_capacity(size);
    let mut last = 0;
    for (start, end) in found.iter().filter_map(|spans| *spans.first()?) {
        result.push_str(&subject.text[last..start]);
        result.push_str(with);
        last = end;
    }
    result.push_str(&subject.text[last..]);
    let count = Value::Int(found.len() as i64);
    let result = vm.heap.str(result);
    ok(vm.heap.tuple([result, count]))
}

fn all_matches(
    translated: &str,
    subject: &Subject,
    from: usize,
    limit: i64,
) -> Result<Vec<Spans>, String> {
    let mut from = subject.byte(from);
    let mut found = Vec::new();
    let mut must_advance = false;
    while limit <= 0 || (found.len() as i64) < limit {
        let next = if must_advance {
            match find(translated, subject.text, from, true, true)? {
                None => match subject.text[from..].chars().next() {
                    Some(c) => find(translated, subject.text, from + c.len_utf8(), false, false)?,
                    None => None,
                },
                next => next,
            }
        } else {
            find(translated, subject.text, from, false, false)?
        };
        let Some(spans) = next else { break };
        let Some((start, end)) = spans.first().copied().flatten() else {
            break;
        };
        found.push(spans);
        must_advance = start == end;
        from = end;
    }
    Ok(found)
}

/// A match object with its attributes: `re`, `string`, `pos`, `endpos`, `_spans`.
fn new_match(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Class(class) = args.get(vm, 0) else {
        return vm.fail_type("a class");
    };
    let values = [1, 2, 3, 4, 5].map(|at| args.get(vm, at));
    ok(made_match(vm, class, values))
}

/// A match with its attributes.
fn made_match(vm: &mut Vm, class: Id<Class>, values: [Value; 5]) -> Value {
    let names = [
        names::RE,
        names::STRING,
        names::MATCH_POS,
        names::MATCH_ENDPOS,
        names::SPANS,
    ];
    let made = vm.new_bare_instance(class);
    for (name, value) in names.into_iter().zip(values) {
        vm.store_attribute(made, name, value);
    }
    Value::Instance(made)
}

/// The first match of a text, made: `search`, `match` and `fullmatch`.
fn find_one(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Class(class) = args.get(vm, 0) else {
        return vm.fail_type("a class");
    };
    let (pattern, string, how) = (args.get(vm, 1), args.get(vm, 3), args.get(vm, 6));
    let (translated, text, from, endpos) = asked(vm, args, 2)?;
    let (points, end) = match first_match(vm, translated, text, from, endpos, how) {
        Ok(Some(found)) => found,
        Ok(None) => return ok(Value::None),
        Err(error) => return Err(failed(vm, &error)),
    };
    let spans = vm.heap.tuple(points);
    let (from, end) = (Value::Int(from as i64), Value::Int(end as i64));
    ok(made_match(vm, class, [pattern, string, from, end, spans]))
}

/// `Match.group`: one group of a str by its number; everything else is left to the method `_groups_of`.
fn group(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    let number = match *args.rest(vm, 1) {
        [] => Some(0),
        [Value::Int(number)] => usize::try_from(number).ok(),
        _ => None,
    };
    if let (Some(number), Value::Instance(id)) = (number, this)
        && let Some(Value::Tuple(spans)) = vm.own_attribute(id, names::SPANS)
        && let Some(Value::Str(string)) = vm.own_attribute(id, names::STRING)
        && let Some(&[Value::Int(start), Value::Int(end)]) =
            vm.heap[spans].items.get(2 * number..2 * number + 2)
    {
        if start < 0 {
            return ok(Value::None);
        }
        let (start, end) = (start as usize, end as usize);
        let object = &vm.heap[string];
        let text = vm.heap.text(string);
        let piece = if object.ascii() {
            text[start..end].to_owned()
        } else {
            text.chars().skip(start).take(end - start).collect()
        };
        return ok(vm.heap.str(piece));
    }
    let name = vm.heap.intern("_groups_of");
    let class = vm.class_of(this);
    let Some(method) = vm.class_attribute(class, name) else {
        return vm.fail_type("a match");
    };
    let mut all = vec![this];
    all.extend_from_slice(args.rest(vm, 1));
    call(method, &all)
}

/// Bytes as a str of as many code points.
fn latin1(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(data) = vm.bytes_like(args.get(vm, 0)) else {
        return ok(Value::None);
    };
    let text: String = vm.heap[data]
        .data
        .iter()
        .map(|&byte| char::from(byte))
        .collect();
    ok(vm.heap.str(text))
}
