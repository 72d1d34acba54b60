//! The instruction set. `Op` is the code format itself: what the compiler emits is what the machine runs.
//!
//! `r[x]` is register `x` of the running frame, a window of 256 on the value stack. `to` operands are relative
//! to the instruction behind the jump. A taken jump with `to < 0` and every call cost one tick of fuel.
//! `name`, `constant`, `site`, `slot` and `function` are indices into the tables of the [`Unit`](super::Unit)
//! the instruction was compiled into, and are rebased when a unit is loaded.
//!
//! Three u8 operands and one 32-bit operand fill the 8 bytes.

use crate::syntax::ast::{BinaryOp, CompareOp};
use serde::{Deserialize, Serialize};

/// A register index.
pub type Reg = u8;

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "a variant's line says what each of its operands is"
)]
pub enum Op {
    // ---- moving values ----
    /// `r[dst] = r[src]`
    Move { dst: Reg, src: Reg },
    /// `r[dst] = constants[constant]`
    LoadConst { dst: Reg, constant: u32 },
    /// `r[dst] = value`
    LoadInt { dst: Reg, value: i32 },
    /// `r[dst] = None`
    LoadNone { dst: Reg },
    /// `r[dst] = value`
    LoadBool { dst: Reg, value: bool },
    /// `r[first .. first+count]` become unset
    Clear { first: Reg, count: u8 },
    /// UnboundLocalError for `names[name]` if `r[src]` is unset
    CheckLocal { src: Reg, name: u32 },
    /// jump if `r[src]` is not unset
    JumpIfSet { src: Reg, to: i32 },
    /// `r[dst] = globals[slot]`, or the builtin of that name, or NameError
    LoadGlobal { dst: Reg, slot: u32 },
    /// `LoadGlobal` of a callable whose first argument the instruction behind it brings; made by `fuse`.
    LoadGlobalThen { dst: Reg, slot: u32 },
    /// `LoadGlobal` of the first name of what looks like `await asyncio.sleep(0)` or `await sleep(0)`; made by `fuse`.
    LoadGlobalPause { dst: Reg, slot: u32 },
    /// `globals[slot] = r[src]`
    StoreGlobal { src: Reg, slot: u32 },
    /// unset `globals[slot]`, NameError if it was
    DeleteGlobal { slot: u32 },
    /// `r[reg] = new cell holding r[reg]` (which may be unset)
    MakeCell { reg: Reg },
    /// `r[dst] = content of the cell in r[cell]`, UnboundLocalError for `names[name]` if unset
    LoadCell { dst: Reg, cell: Reg, name: u32 },
    /// `content of the cell in r[cell] = r[src]`
    StoreCell { cell: Reg, src: Reg },
    /// unset the content of the cell in `r[cell]`, UnboundLocalError if it was
    DeleteCell { cell: Reg, name: u32 },
    /// `r[dst] = content of captured cell number index of the running function`, NameError ("cannot access free variable …") if unset
    LoadFree { dst: Reg, index: u8, name: u32 },
    /// `content of captured cell number index = r[src]`
    StoreFree { index: u8, src: Reg },
    /// unset the content of captured cell number index, NameError if it was
    DeleteFree { index: u8, name: u32 },
    /// `r[dst] = captured cell number index itself` (to hand it on, or for `super()`)
    LoadFreeCell { dst: Reg, index: u8 },
    /// `r[dst] = namespace[names[name]]` of the class body whose namespace dict is `r[namespace]`, or unset
    LoadClassName { dst: Reg, namespace: Reg, name: u32 },
    /// `namespace[names[name]] = r[src]`
    StoreClassName { namespace: Reg, src: Reg, name: u32 },
    /// `del namespace[names[name]]`, NameError if missing
    DeleteClassName { namespace: Reg, name: u32 },

    // ---- operators ----
    /// `r[dst] = r[lhs] + r[rhs]`; with `in_place`, `+=`
    Add {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] - r[rhs]`
    Sub {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] * r[rhs]`
    Mul {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] / r[rhs]`
    Div {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] // r[rhs]`
    FloorDiv {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] % r[rhs]`
    Mod {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] & r[rhs]`
    And {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] OP r[rhs]` for the other operators
    Binary {
        op: BinaryOp,
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `r[dst] = r[lhs] + value`
    AddInt {
        dst: Reg,
        lhs: Reg,
        in_place: bool,
        value: i32,
    },
    /// `r[dst] = r[lhs] - value`
    SubInt {
        dst: Reg,
        lhs: Reg,
        in_place: bool,
        value: i32,
    },
    /// `r[dst] = r[lhs] * value`
    MulInt {
        dst: Reg,
        lhs: Reg,
        in_place: bool,
        value: i32,
    },
    /// `r[dst] = r[lhs] // value`
    FloorDivInt {
        dst: Reg,
        lhs: Reg,
        in_place: bool,
        value: i32,
    },
    /// `r[dst] = r[lhs] % value`
    ModInt {
        dst: Reg,
        lhs: Reg,
        in_place: bool,
        value: i32,
    },
    /// `r[dst] = r[lhs] & value`
    AndInt {
        dst: Reg,
        lhs: Reg,
        in_place: bool,
        value: i32,
    },
    /// `r[dst] = -r[src]`
    Neg { dst: Reg, src: Reg },
    /// `r[dst] = +r[src]`
    Pos { dst: Reg, src: Reg },
    /// `r[dst] = ~r[src]`
    Invert { dst: Reg, src: Reg },
    /// `r[dst] = not r[src]`
    Not { dst: Reg, src: Reg },
    /// `r[dst] = r[lhs] OP r[rhs]`, all ten comparisons
    Compare {
        op: CompareOp,
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
    },

    // ---- jumps ----
    /// jump
    Jump { to: i32 },
    /// jump if `r[src]` is true
    JumpIf { src: Reg, to: i32 },
    /// jump if `r[src]` is false
    JumpIfNot { src: Reg, to: i32 },
    /// jump if `(r[src] is None) == when`
    JumpIfNone { src: Reg, when: bool, to: i32 },
    /// jump if `(r[lhs] is r[rhs]) == when`
    JumpIfIs {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] < r[rhs]) == when`
    JumpIfLt {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] <= r[rhs]) == when`
    JumpIfLe {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] > r[rhs]) == when`
    JumpIfGt {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] >= r[rhs]) == when`
    JumpIfGe {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] == r[rhs]) == when`
    JumpIfEq {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] != r[rhs]) == when`
    JumpIfNe {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] < value) == when`
    JumpIfLtInt {
        lhs: Reg,
        value: i8,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] <= value) == when`
    JumpIfLeInt {
        lhs: Reg,
        value: i8,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] > value) == when`
    JumpIfGtInt {
        lhs: Reg,
        value: i8,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] >= value) == when`
    JumpIfGeInt {
        lhs: Reg,
        value: i8,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] == value) == when`
    JumpIfEqInt {
        lhs: Reg,
        value: i8,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] != value) == when`
    JumpIfNeInt {
        lhs: Reg,
        value: i8,
        when: bool,
        to: i32,
    },
    /// jump if `bool(r[lhs] in r[rhs]) == when`
    JumpIfIn {
        lhs: Reg,
        rhs: Reg,
        when: bool,
        to: i32,
    },

    // ---- containers ----
    /// `r[dst] = [r[first], … count of them]`
    BuildList { dst: Reg, first: Reg, count: u8 },
    /// `r[dst] = (r[first], …)`
    BuildTuple { dst: Reg, first: Reg, count: u8 },
    /// `r[dst] = {r[first], …}`
    BuildSet { dst: Reg, first: Reg, count: u8 },
    /// `r[dst] = {r[first]: r[first+1], …}`, `count` pairs
    BuildDict { dst: Reg, first: Reg, count: u8 },
    /// `r[dst] = "".join` of the `count` strings from `r[first]`
    BuildString { dst: Reg, first: Reg, count: u8 },
    /// `r[dst] = slice(r[first], r[first+1], r[first+2])`
    BuildSlice { dst: Reg, first: Reg },
    /// append `r[src]` to the list `r[list]`
    ListAppend { list: Reg, src: Reg },
    /// append the items of the iterable `r[src]` to the list `r[list]`
    ListExtend { list: Reg, src: Reg },
    /// `r[dst] =` the items of `r[src]` as a list or tuple, for `f(*items)`: TypeError naming the callee `r[callee]` if it is no iterable
    SpreadItems { dst: Reg, src: Reg, callee: Reg },
    /// `r[dst] = tuple of the list r[src]`
    ListToTuple { dst: Reg, src: Reg },
    /// add `r[src]` to the set `r[set]`
    SetAdd { set: Reg, src: Reg },
    /// add the items of the iterable `r[src]` to the set `r[set]`
    SetExtend { set: Reg, src: Reg },
    /// `r[dict][r[key]] = r[value]`
    DictInsert { dict: Reg, key: Reg, value: Reg },
    /// add the items of the mapping `r[src]` to the dict `r[dict]`, later ones win (`{**m}`)
    DictUpdate { dict: Reg, src: Reg },
    /// `r[dst] =` the mapping `r[src]` as a dict, for `f(**m)`: TypeError naming the callee `r[callee]` if a key is no string
    SpreadKeywords { dst: Reg, src: Reg, callee: Reg },
    /// the same for one mapping more: TypeError naming the callee `r[callee]` if a key is there already or is no string
    DictMerge { dict: Reg, src: Reg, callee: Reg },
    /// `r[dst] = r[object][r[index]]`
    GetItem { dst: Reg, object: Reg, index: Reg },
    /// `r[dst] = r[object][index]`
    GetItemInt { dst: Reg, object: Reg, index: i32 },
    /// `r[object][r[index]] = r[value]`
    SetItem { object: Reg, index: Reg, value: Reg },
    /// `del r[object][r[index]]`
    DeleteItem { object: Reg, index: Reg },
    /// `r[first], … = r[src]`, exactly `count`
    Unpack { src: Reg, first: Reg, count: u8 },
    /// `r[first], …, *r[first+before], … = r[src]` with `after` targets behind the star
    UnpackStar {
        src: Reg,
        first: Reg,
        before: u8,
        after: u32,
    },
    /// `r[dst] = format(convert(r[src]), spec)`; conversion 0 none, 1 str, 2 repr, 3 ascii; `spec` is a constant, or `NO_SPEC`
    Format {
        dst: Reg,
        src: Reg,
        conversion: u8,
        spec: u32,
    },
    /// the same with the spec in `r[spec]`
    FormatWith {
        dst: Reg,
        src: Reg,
        conversion: u8,
        spec: Reg,
    },

    // ---- attributes ----
    /// `r[dst] = r[object].name`
    GetAttr { dst: Reg, object: Reg, site: u32 },
    /// `r[object].name = r[src]`
    SetAttr { object: Reg, src: Reg, site: u32 },
    /// `GetAttr` whose value is the right operand of the arithmetic behind it. This and the next three are made by `fuse`.
    GetAttrOperand { dst: Reg, object: Reg, site: u32 },
    /// `Add` whose result the `SetAttr` behind it stores
    AddThenSet {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `Sub` whose result the `SetAttr` behind it stores
    SubThenSet {
        dst: Reg,
        lhs: Reg,
        rhs: Reg,
        in_place: bool,
    },
    /// `AddInt` whose result the `SetAttr` behind it stores
    AddIntThenSet {
        dst: Reg,
        lhs: Reg,
        in_place: bool,
        value: i32,
    },
    /// `del r[object].name`
    DeleteAttr { object: Reg, site: u32 },
    /// look `r[object].name` up to be called by `CallMethod`: a plain method goes to `r[dst]` and the object to `r[dst+1]`;
    /// anything else goes to `r[dst]`, and `r[dst+1]` becomes unset
    LoadMethod { dst: Reg, object: Reg, site: u32 },
    /// `LoadMethod` at the start of `d[k] = d.get(k, 0) + 1` or the like, six instructions; made by `fuse`.
    LoadMethodCount { dst: Reg, object: Reg, site: u32 },
    /// the same for `super().name` in a method: `r[class]` is the `__class__` cell, `r[dst+1]` already holds the first parameter
    LoadSuperMethod { dst: Reg, class: Reg, site: u32 },
    /// `r[dst] = super().name`: `r[class]` is the `__class__` cell, `r[this]` the first parameter
    GetSuperAttr {
        dst: Reg,
        class: Reg,
        this: Reg,
        site: u32,
    },
    /// special method lookup on the type of `r[object]`: the function to `r[dst]`, the object to `r[dst+1]` (as `LoadMethod`);
    /// TypeError with the protocol's message if it is missing
    LoadSpecial {
        dst: Reg,
        object: Reg,
        special: Special,
    },

    // ---- calls: callee and arguments in place, the result replaces the callee ----
    /// `r[callee] = r[callee](r[callee+1], … count of them)`
    Call { callee: Reg, count: u8 },
    /// the same; the last arguments are keywords, `constants[names]` is the tuple of their names; `count` counts all
    CallKw { callee: Reg, count: u8, names: u32 },
    /// `r[callee] = r[callee](*r[callee+1], **r[callee+2])`: a list or tuple, and a dict or None
    CallSpread { callee: Reg },
    /// as `Call` behind `LoadMethod`: `r[callee+1]` is the object or unset, the arguments follow from `r[callee+2]`; `count` is without the object
    CallMethod { callee: Reg, count: u8 },
    /// as `CallKw` behind `LoadMethod`
    CallMethodKw { callee: Reg, count: u8, names: u32 },
    /// `r[callee] = await r[callee](…)`
    CallAwait { callee: Reg, count: u8 },
    /// `r[callee] = await` of a `CallMethod`
    CallMethodAwait { callee: Reg, count: u8 },
    /// `r[dst] = the intrinsic of count arguments from r[first]`
    Intrinsic {
        dst: Reg,
        first: Reg,
        count: u8,
        which: Intrinsic,
    },
    /// leave the function with `r[src]`
    Return { src: Reg },
    /// leave the function with None
    ReturnNone,
    /// `r[dst] = new function of functions[function]`; `r[defaults]` is a tuple of defaults and `r[defaults+1]` a dict of keyword-only
    /// defaults (each None when there are none); `defaults` is `NO_DEFAULTS` when there are neither; the cells it captures are
    /// listed in its code
    MakeFunction {
        dst: Reg,
        defaults: Reg,
        function: u32,
    },

    // ---- iteration ----
    /// prepare a loop over `r[src]`: `r[iter] .. r[iter+2]` are the loop's own state from now on
    ForPrepare { iter: Reg, src: Reg },
    /// `r[dst] = next item` of the loop whose state is `r[iter] ..`, or jump at its end
    ForNext { iter: Reg, dst: Reg, to: i32 },
    /// `ForNext` for the bottom of a loop: `r[dst] = next item` and jump (back) if there is one, go on behind at the end
    ForLoop { iter: Reg, dst: Reg, to: i32 },
    /// the loop whose state is `r[iter] ..` was left early: close the generator that it alone has; `made` by its header, a
    /// wrapped one too
    ForClose { iter: Reg, made: bool },
    /// `r[dst] = iter(r[src])` as an ordinary value
    GetIter { dst: Reg, src: Reg },
    /// yield `r[src]`; when resumed, `r[dst]` is what was sent
    Yield { dst: Reg, src: Reg },
    /// yield `r[src]` from an async generator
    YieldAsync { dst: Reg, src: Reg },
    /// `r[dst] = yield from r[iter]`
    YieldFrom { dst: Reg, iter: Reg },
    /// `r[dst] = await r[src]`
    Await { dst: Reg, src: Reg },
    /// `r[dst] = aiter(r[src])`, for `async for`
    GetAsyncIter { dst: Reg, src: Reg },
    /// `r[dst] = await anext(r[iter])`, or jump when it raises StopAsyncIteration
    AsyncForNext { iter: Reg, dst: Reg, to: i32 },
    /// an `async for` over `r[iter]` was left early: see C45
    AsyncForClose { iter: Reg },

    // ---- exceptions: a handler's target finds the exception in its register, and it is the one being handled ----
    /// raise `r[src]`, a class or an instance
    Raise { src: Reg },
    /// raise `r[src]` from `r[cause]`
    RaiseFrom { src: Reg, cause: Reg },
    /// raise the exception being handled again, RuntimeError if there is none (bare `raise`)
    RaiseAgain,
    /// go on raising the exception in `r[src]` as if never caught (end of `finally`, no handler matched)
    Reraise { src: Reg },
    /// jump if the exception `r[exception]` is not an instance of the class or tuple `r[class]`, TypeError if that is neither
    JumpIfNoMatch { exception: Reg, class: Reg, to: i32 },
    /// the exception being handled is `r[outer]` from now on, or the caller's if `outer` is `NO_OUTER` or the register holds None
    /// (a `finally` body that was entered normally); idempotent; emitted where a handler is left, and by `except*` to enter a part
    PopHandled { outer: Reg },
}

/// `Format.spec` when there is none.
pub const NO_SPEC: u32 = u32::MAX;

/// `PopHandled.outer` when no handler of the same function encloses this one.
pub const NO_OUTER: Reg = 255;

/// `MakeFunction.defaults` when the function has no defaults at all.
pub const NO_DEFAULTS: Reg = 255;

/// Special methods that instructions look up on the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Special {
    /// `__enter__`: "'X' object does not support the context manager protocol"
    Enter,
    /// `__exit__`
    Exit,
    /// `__aenter__`: "'X' object does not support the asynchronous context manager protocol"
    AsyncEnter,
    /// `__aexit__`
    AsyncExit,
}

/// Rare operations that need no instruction of their own. Arguments stand in registers from `first`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intrinsic {
    /// `(body function, name, bases tuple, keywords dict or None) -> class`. The body function takes the namespace dict
    /// as its only argument and returns its `__class__` cell or None.
    BuildClass,
    /// `() ->` never: raises AssertionError; with one argument, AssertionError(argument)
    AssertFail,
    /// `(name, from names tuple or None, level) -> module`: `import a.b` gives `a`, with from names `a.b`
    ImportModule,
    /// `(dotted name) -> module`: `import a.b as c` gives `a.b`
    ImportLeaf,
    /// `(module, name) -> value`, ImportError if missing
    ImportFrom,
    /// `(module)`: `from m import *` at the REPL, into the running module's globals
    ImportStar,
    /// `(value)`: what the REPL does with an expression statement: shows its repr if it is not None, and sets `_`
    Display,
    /// `(exception, class or tuple) -> (matched group or None, rest or None)` for `except*`
    ExceptStarSplit,
    /// `(original exception, list of raised exceptions, rest or None) -> exception to raise or None` at the end of `except*`
    ExceptStarFinish,
    /// `(subject) -> bool`: a sequence as `match` sees it
    IsSequence,
    /// `(subject) -> bool`: a mapping as `match` sees it
    IsMapping,
    /// `(subject, keys tuple) -> tuple of values, or None if one is missing`
    MatchKeys,
    /// `(subject, class, number of positional patterns, keyword names tuple) -> tuple of attributes, or None`
    MatchClass,
    /// `(subject, keys tuple) -> dict of the rest` for `**rest`
    MappingRest,
    /// `(subject) -> len(subject)`, any object
    Length,
    /// `(name, kind, function of the bound or None, function of the default or None) -> type parameter`
    TypeParameter,
    /// `(coroutine value)`: an expression statement throws a freshly made value away: warn if it is a never-awaited coroutine (C50)
    Discard,
    /// `(name, annotation text)`: the module's `__annotations__[name] = text`
    AnnotateModule,
    /// `(name, tuple of type parameters, function of the value) -> alias`: `type name[…] = value`
    TypeAlias,
    /// `(bases tuple, tuple of type parameters) -> bases tuple`: `Generic[…]` is one of them
    GenericBases,
    /// `(iterable) -> its only item`: the annotation `*args: *Ts`
    OnlyItem,
}
