//! A readable listing of compiled code, a function at a time.

use super::code::{Capture, Constant, FunctionCode, FunctionKind, Unit};
use super::op::{NO_SPEC, Op};
use crate::source::Source;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Lists a unit: source lines at the left, jump targets as labels, names and constants behind semicolons.
pub fn disassemble(unit: &Unit, source: &Source) -> String {
    let mut out = String::new();
    for (number, function) in unit.functions.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        header(&mut out, unit, function, number);
        listing(&mut out, unit, source, function);
    }
    out
}

fn header(out: &mut String, unit: &Unit, function: &FunctionCode, number: usize) {
    let kind = match function.kind {
        FunctionKind::Plain => "function",
        FunctionKind::Generator => "generator",
        FunctionKind::Coroutine => "coroutine",
        FunctionKind::AsyncGenerator => "async generator",
    };
    let _ = write!(out, "{kind} {number} {}", function.qualname);
    let _ = write!(out, "({})", function.params.names.join(", "));
    let _ = writeln!(out, " registers={}", function.registers);
    let locals: Vec<String> = function
        .locals
        .iter()
        .map(|(reg, name)| format!("r{reg}={name}"))
        .collect();
    if !locals.is_empty() {
        let _ = writeln!(out, "  locals {}", locals.join(" "));
    }
    let captures: Vec<String> = function
        .captures
        .iter()
        .zip(&function.free_names)
        .map(|(capture, name)| match capture {
            Capture::Local(reg) => format!("{name}=r{reg}"),
            Capture::Free(index) => format!("{name}=free{index}"),
        })
        .collect();
    if !captures.is_empty() {
        let _ = writeln!(out, "  captures {}", captures.join(" "));
    }
    if let Some(doc) = function.doc {
        let _ = writeln!(out, "  doc {}", constant(&unit.constants[doc as usize]));
    }
}

fn listing(out: &mut String, unit: &Unit, source: &Source, function: &FunctionCode) {
    let labels = labels(unit, function);
    let range = function.entry..function.entry + function.length;
    let mut last_line = 0;
    for at in range {
        let mut op = unit.ops[at as usize];
        let (line, _) = source.line_column(unit.spans[at as usize].start);
        let shown = match line == last_line {
            true => String::new(),
            false => line.to_string(),
        };
        last_line = line;
        let label = labels
            .get(&at)
            .map(|n| format!("L{n}:"))
            .unwrap_or_default();
        let target = op.jump().map(|to| {
            let target = i64::from(at) + 1 + i64::from(*to);
            *to = 0;
            labels[&(target as u32)]
        });
        let text = operation(op, target);
        let mut row = format!("{shown:>4} {label:>4} {text}");
        if let Some(comment) = comment(unit, op) {
            let _ = write!(
                row,
                "{}; {comment}",
                " ".repeat(44usize.saturating_sub(row.len()).max(1))
            );
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    for handler in &function.handlers {
        let _ = writeln!(
            out,
            "  handler L{}..L{} -> L{} r{}",
            labels[&handler.start], labels[&handler.end], labels[&handler.target], handler.register
        );
    }
}

/// Numbers for jump targets and the borders of handlers, in order of position.
fn labels(unit: &Unit, function: &FunctionCode) -> BTreeMap<u32, usize> {
    let mut labels = BTreeMap::new();
    for at in function.entry..function.entry + function.length {
        let mut op = unit.ops[at as usize];
        if let Some(&mut to) = op.jump() {
            labels.insert((i64::from(at) + 1 + i64::from(to)) as u32, 0);
        }
    }
    for handler in &function.handlers {
        for at in [handler.start, handler.end, handler.target] {
            labels.insert(at, 0);
        }
    }
    for (number, label) in labels.values_mut().enumerate() {
        *label = number + 1;
    }
    labels
}

/// `Add r0 = r1, r2`: the debug form of the instruction, shortened; register operands are known by their names.
fn operation(op: Op, target: Option<usize>) -> String {
    let debug = format!("{op:?}");
    let Some((name, operands)) = debug.split_once(" { ") else {
        return debug;
    };
    let mut shown = Vec::new();
    for operand in operands.trim_end_matches(" }").split(", ") {
        let Some((key, value)) = operand.split_once(": ") else {
            continue;
        };
        let text = match key {
            "dst" | "src" | "lhs" | "rhs" | "first" | "reg" | "cell" | "namespace" | "list"
            | "set" | "dict" | "key" | "object" | "index" | "callee" | "class" | "this"
            | "iter" | "outer" | "exception" | "cause" | "defaults" | "value" => {
                register(op, key, value)
            }
            "to" => continue,
            "in_place" | "when" => match (key, value) {
                ("in_place", "true") => "in_place".to_owned(),
                ("in_place", _) => continue,
                ("when", "true") => "true".to_owned(),
                _ => "false".to_owned(),
            },
            "count" => format!("count={value}"),
            // Shown as comments.
            "constant" | "name" | "slot" | "site" | "names" => continue,
            "spec" if matches!(op, Op::FormatWith { .. }) => format!("r{value}"),
            "spec" => continue,
            _ => value.to_owned(),
        };
        shown.push(text);
    }
    let mut text = format!("{name} {}", shown.join(" "));
    if let Some(target) = target {
        let _ = write!(text, " -> L{target}");
    }
    text.trim_end().to_owned()
}

/// A register, or a number where an operand of that name holds one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other instructions name their numbers `value`"
)]
fn register(op: Op, key: &str, value: &str) -> String {
    let is_number = match op {
        Op::GetItemInt { .. } => key == "index",
        Op::LoadFree { .. }
        | Op::StoreFree { .. }
        | Op::DeleteFree { .. }
        | Op::LoadFreeCell { .. } => key == "index",
        Op::SetItem { .. } | Op::DictInsert { .. } => false,
        _ => key == "value",
    };
    match (is_number, value) {
        (true, _) => value.to_owned(),
        (false, "255") => "none".to_owned(),
        (false, _) => format!("r{value}"),
    }
}

/// The name or constant an instruction means.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other instructions show all they mean"
)]
fn comment(unit: &Unit, op: Op) -> Option<String> {
    let name = |index: u32| unit.names[index as usize].to_string();
    let text = match op {
        Op::LoadConst {
            constant: index, ..
        }
        | Op::CallKw { names: index, .. }
        | Op::CallMethodKw { names: index, .. } => constant(&unit.constants[index as usize]),
        Op::Format { spec, .. } if spec != NO_SPEC => constant(&unit.constants[spec as usize]),
        Op::CheckLocal { name: index, .. }
        | Op::LoadCell { name: index, .. }
        | Op::DeleteCell { name: index, .. }
        | Op::LoadFree { name: index, .. }
        | Op::DeleteFree { name: index, .. }
        | Op::LoadClassName { name: index, .. }
        | Op::StoreClassName { name: index, .. }
        | Op::DeleteClassName { name: index, .. } => name(index),
        Op::LoadGlobal { slot, .. }
        | Op::LoadGlobalThen { slot, .. }
        | Op::LoadGlobalPause { slot, .. }
        | Op::StoreGlobal { slot, .. }
        | Op::DeleteGlobal { slot } => name(unit.globals[slot as usize]),
        Op::GetAttr { site, .. }
        | Op::SetAttr { site, .. }
        | Op::DeleteAttr { site, .. }
        | Op::LoadMethod { site, .. }
        | Op::LoadMethodCount { site, .. }
        | Op::LoadSuperMethod { site, .. }
        | Op::GetSuperAttr { site, .. } => format!(".{}", name(unit.sites[site as usize])),
        Op::MakeFunction { function, .. } => unit.functions[function as usize].qualname.to_string(),
        _ => return None,
    };
    Some(text)
}

/// A constant as Python writes it, cut short.
fn constant(constant: &Constant) -> String {
    let text = write_constant(constant);
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn write_constant(constant: &Constant) -> String {
    let all = |items: &[Constant]| {
        let items: Vec<String> = items.iter().map(write_constant).collect();
        items.join(", ")
    };
    match constant {
        Constant::None => "None".to_owned(),
        Constant::Ellipsis => "...".to_owned(),
        Constant::Bool(true) => "True".to_owned(),
        Constant::Bool(false) => "False".to_owned(),
        Constant::Int(value) => value.to_string(),
        Constant::BigInt(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Str(text) => format!("{text:?}"),
        Constant::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Constant::Tuple(items) if items.len() == 1 => format!("({},)", all(items)),
        Constant::Tuple(items) => format!("({})", all(items)),
        Constant::FrozenSet(items) => format!("frozenset({{{}}})", all(items)),
    }
}
