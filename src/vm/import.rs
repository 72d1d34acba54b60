//! Imports: embedded modules, found by name; a module's body runs as a call that completes the import instruction.

use super::native::{Args, CallRequest, NativeFn, NativeResult, Outcome, ok};
use super::natives::{self, Home};
use super::{Raise, Vm, classes, names, native};
use crate::bytecode::{Intrinsic, Op};
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::heap::{Id, Value};
use crate::objects::{Function, Module, Str};
use crate::source::Source;
use crate::{compile, stdlib, syntax};
use smallvec::smallvec;

/// The host operation that finds a module's source.
pub(crate) const FIND_MODULE: &str = "<find module>";

/// Modules that are part of CPython's own program, which no file beside a script replaces.
const BUILT_IN: &[&str] = &[
    "abc",
    "builtins",
    "codecs",
    "errno",
    "gc",
    "io",
    "itertools",
    "os",
    "stat",
    "sys",
    "time",
];

impl Vm {
    /// `import name`: the module itself with `leaf`, else the first part of its dotted name. `level` counts the dots in front.
    pub(crate) fn import_module(&mut self, name: Value, leaf: bool, level: Value) -> NativeResult {
        let Value::Str(name) = name else {
            panic!("invariant broken: a module's name is a str");
        };
        let mut full = self.heap.text(name).to_owned();
        if let Value::Int(level @ 1..) = level {
            full = self.absolute_name(&full, level as usize)?;
        }
        if full.is_empty() {
            return Err(self.value_error("Empty module name"));
        }
        let mut parent: Option<Value> = None;
        let mut first: Option<Value> = None;
        let ends = full.match_indices('.').map(|(at, _)| at);
        for end in ends.chain([full.len()]).collect::<Vec<_>>() {
            let path = &full[..end];
            let id = self.heap.intern(path);
            let module = match self.dict_get_str(self.modules, id) {
                Some(Value::None) => {
                    let text = format!("import of {path} halted; None in sys.modules");
                    return Err(self.module_not_found(path, text));
                }
                Some(module) => module,
                None => match self.find_module(path, parent)? {
                    Found::Ready(module) => Value::Module(module),
                    Found::Answer(outcome) => return Ok(outcome),
                },
            };
            if let (Some(Value::Module(parent)), Value::Module(_)) = (parent, module) {
                let part = path.rsplit('.').next().unwrap_or_default();
                let part = self.heap.intern(part);
                let slot = self.global_slot(parent, part) as usize;
                if self.globals[slot].is_undef() && self.is_embedded(parent) {
                    self.globals[slot] = module;
                }
            }
            parent = Some(module);
            first.get_or_insert(module);
        }
        match if leaf { parent } else { first } {
            Some(module) => ok(module),
            None => Err(self.value_error("Empty module name")),
        }
    }

    /// Is it one of acoro's own modules?
    fn is_embedded(&self, module: Id<Module>) -> bool {
        !self.heap[module].globals.contains_key(&names::FILE)
    }

    /// The module whose code is running.
    pub(crate) fn current_module(&self) -> Id<Module> {
        let code = self.heap[self.top().function].code;
        self.codes[code as usize].module
    }

    /// A module's variable.
    pub(crate) fn module_variable(&self, module: Id<Module>, name: Id<Str>) -> Value {
        match self.heap[module].globals.get(&name) {
            Some(&slot) => self.globals[slot as usize],
            None => Value::Undef,
        }
    }

    /// What a relative import means where it is.
    fn absolute_name(&mut self, name: &str, level: usize) -> Result<String, Raise> {
        let module = self.current_module();
        let package = self.heap.intern("__package__");
        let package = match self.module_variable(module, package) {
            Value::Str(package) => self.heap.text(package).to_owned(),
            _ => match self.module_variable(module, names::NAME) {
                Value::Str(own) => {
                    let own = self.heap.text(own);
                    if self.heap[module].globals.contains_key(&names::PATH) {
                        own.to_owned()
                    } else {
                        own.rsplit_once('.')
                            .map_or("", |(package, _)| package)
                            .to_owned()
                    }
                }
                _ => String::new(),
            },
        };
        if package.is_empty() {
            let text = "attempted relative import with no known parent package";
            return Err(self.raise(classes::IMPORT_ERROR, text));
        }
        let parts: Vec<&str> = package.split('.').collect();
        if level > parts.len() {
            let text = "attempted relative import beyond top-level package";
            return Err(self.raise(classes::IMPORT_ERROR, text));
        }
        let base = parts[..parts.len() + 1 - level].join(".");
        Ok(match name {
            "" => base,
            name => format!("{base}.{name}"),
        })
    }

    /// `from module import name`
    pub(crate) fn import_from(&mut self, module: Value, name: Value) -> NativeResult {
        let Value::Str(name) = name else {
            panic!("invariant broken: the operands of an import");
        };
        let Value::Module(id) = module else {
            // Something that a program put in sys.modules itself.
            return match self.get_attribute(module, name)? {
                Outcome::Call(_) => {
                    self.call_prelude("_import_from_object", &[module, Value::Str(name)])
                }
                other => Ok(other),
            };
        };
        let value = match self.module_variable(id, name) {
            value if !value.is_undef() => value,
            _ => {
                let owner = self.heap.text(self.heap[id].name).to_owned();
                let text = self.heap.text(name).to_owned();
                let path = format!("{owner}.{text}");
                let path_id = self.heap.intern(&path);
                match self.dict_get_str(self.modules, path_id) {
                    Some(module) if !module.is_none() => module,
                    _ => match self.find_submodule(id, &path)? {
                        Some(Found::Ready(module)) => Value::Module(module),
                        Some(Found::Answer(outcome)) => return Ok(outcome),
                        None => {
                            let getattr = self.module_variable(id, names::GETATTR);
                            // That of acoro's own modules only finds submodules.
                            if !getattr.is_undef()
                                && (stdlib::source(&owner).is_none()
                                    || owner.starts_with("test.support."))
                            {
                                let args = [getattr, Value::Str(name), module];
                                return self.call_prelude("_import_by_function", &args);
                            }
                            if owner == "test" && self.may_lack(&path) {
                                let module = self.missing_module(&path);
                                return native::ok(Value::Module(module));
                            }
                            if self.may_lack(&path) {
                                let owner = self.heap.str(owner);
                                let args = [owner, Value::Str(name)];
                                return self.call_prelude("_missing_name", &args);
                            }
                            return Err(self.cannot_import(id, &owner, &text));
                        }
                    },
                }
            }
        };
        // Written here, because None is a value like any other for this instruction.
        if let Op::Intrinsic { dst, .. } = self.paused_op() {
            self.set_register(dst, value);
        }
        Ok(Outcome::Done)
    }

    fn cannot_import(&mut self, id: Id<Module>, owner: &str, text: &str) -> Raise {
        let file = match self.module_variable(id, names::FILE) {
            Value::Str(file) => Some(self.heap.text(file).to_owned()),
            _ => None,
        };
        let message = match &file {
            Some(file) if !self.heap[id].initialized => format!(
                "cannot import name '{text}' from partially initialized module '{owner}' (most likely due to a circular import) ({file})"
            ),
            _ => {
                let place = file
                    .as_ref()
                    .map_or(String::new(), |file| format!(" ({file})"));
                let message = self.missing_module_name(id, owner, text, &[]);
                message.replace(
                    &format!("module '{owner}' has no attribute '{text}'"),
                    &format!("cannot import name '{text}' from '{owner}'{place}"),
                )
            }
        };
        let raise = self.raise(classes::IMPORT_ERROR, message);
        let owner = self.heap.str(owner);
        self.set_exception_attribute(raise.0, names::NAME_ATTRIBUTE, owner);
        if let Some(file) = file {
            let path = self.heap.intern("path");
            let file = self.heap.str(file);
            self.set_exception_attribute(raise.0, path, file);
        }
        raise
    }

    /// A module of a package that `from package import module` names, if there is one.
    fn find_submodule(&mut self, package: Id<Module>, path: &str) -> Result<Option<Found>, Raise> {
        if stdlib::source(path).is_none() && !self.heap[package].globals.contains_key(&names::PATH)
        {
            return Ok(None);
        }
        match self.find(path, Some(Value::Module(package)))? {
            Search::Found(found) => Ok(Some(found)),
            Search::Missing => Ok(None),
        }
    }

    /// `from module import *`, at the REPL.
    pub(crate) fn import_star(&mut self, module: Value) -> NativeResult {
        let Value::Module(from) = module else {
            panic!("invariant broken: the operand of an import");
        };
        let code = self.heap[self.top().function].code;
        let to = self.codes[code as usize].module;
        let rows: Vec<_> = self.heap[from]
            .globals
            .iter()
            .map(|(&name, &slot)| (name, slot))
            .collect();
        for (name, slot) in rows {
            let value = self.globals[slot as usize];
            if !value.is_undef() && !self.heap.text(name).starts_with('_') {
                self.set_module_global(to, name, value);
            }
        }
        ok(Value::None)
    }

    fn find_module(&mut self, path: &str, parent: Option<Value>) -> Result<Found, Raise> {
        match self.find(path, parent)? {
            Search::Found(found) => Ok(found),
            Search::Missing if self.may_lack(path) => Ok(Found::Ready(self.missing_module(path))),
            Search::Missing => {
                let mut text = format!("No module named {}", crate::text::repr_str(path));
                if let Some(Value::Module(parent)) = parent
                    && !self.heap[parent].globals.contains_key(&names::PATH)
                    && !self.is_embedded(parent)
                {
                    let owner = self.heap.text(self.heap[parent].name);
                    text.push_str(&format!("; '{owner}' is not a package"));
                }
                Err(self.module_not_found(path, text))
            }
        }
    }

    /// Stands for a module that acoro lacks: the tests that need something of it are skipped.
    fn missing_module(&mut self, path: &str) -> Id<Module> {
        let module = self.new_module(path);
        self.heap[module].initialized = true;
        let id = self.heap.intern(path);
        let missing = crate::objects::BoundMethod {
            function: self.prelude_function("_missing_name"),
            this: Value::Str(id),
        };
        let missing = Value::BoundMethod(self.heap.new_bound_method(missing));
        self.set_module_global(module, names::GETATTR, missing);
        self.dict_set_str(self.modules, id, Value::Module(module));
        module
    }

    /// Does a file of tests import, at its top level and outside all `try`s, something that CPython has and acoro lacks?
    fn may_lack(&self, path: &str) -> bool {
        let frame = self.top();
        let code = &self.codes[self.heap[frame.function].code as usize];
        let top = path.split('.').next().unwrap_or(path);
        self.module_options.testing
            && (stdlib::is_python_module(top) || stdlib::source(top).is_some())
            && self.heap.text(code.name) == "<module>"
            && !code
                .code
                .handlers
                .iter()
                .any(|handler| (handler.start..handler.end).contains(&(frame.pc - 1)))
    }

    /// Does a file of tests, while it is loaded, ask a standard module for something that acoro's version lacks?
    pub(crate) fn may_lack_attribute(&self, module: Id<Module>) -> bool {
        if !self.module_options.testing
            || !self.is_embedded(module)
            || (stdlib::source(self.heap.text(self.heap[module].name)).is_none()
                && self.heap.text(self.heap[module].name) != "builtins")
        {
            return false;
        }
        // The bodies of classes, down to the module's.
        for frame in self.fiber.frames.iter().rev() {
            let code = &self.codes[self.heap[frame.function].code as usize];
            let at = frame.pc - 1;
            let mut tries = code.code.handlers.iter();
            if tries.any(|handler| (handler.start..handler.end).contains(&at)) {
                return false;
            }
            if self.heap.text(code.name) == "<module>" {
                return !self.is_embedded(code.module);
            }
            let below = self
                .fiber
                .frames
                .iter()
                .rev()
                .skip_while(|it| it.base >= frame.base);
            let Some(below) = below.into_iter().next() else {
                return false;
            };
            let op = self.code[below.pc as usize - 1];
            let is_body = matches!(
                op,
                Op::Intrinsic {
                    which: Intrinsic::BuildClass,
                    ..
                }
            );
            if !is_body {
                return false;
            }
        }
        false
    }

    /// Looks for a module that is not in sys.modules: among files that a program has beside it, and among acoro's own.
    fn find(&mut self, path: &str, parent: Option<Value>) -> Result<Search, Raise> {
        let id = self.heap.intern(path);
        let answer = match self.found.take() {
            Some((asked, answer)) if asked == id => Some(answer),
            _ => None,
        };
        if let Some(Value::Tuple(found)) = answer {
            return self.load_found(path, parent, found).map(Search::Found);
        }
        let own = stdlib::source(path).is_some();
        let directories = match parent {
            None => match self.path {
                Value::List(list) => self.heap[list].items.to_vec(),
                _ => Vec::new(),
            },
            Some(Value::Module(parent)) => match self.module_variable(parent, names::PATH) {
                Value::List(list) => self.heap[list].items.to_vec(),
                _ => Vec::new(),
            },
            Some(_) => Vec::new(),
        };
        // A `.py` file beside the program goes before a standard module, as in CPython; not for what acoro itself imports.
        // A package of tests that stands in for CPython's is only there for its helpers.
        let own_first = path != "test.test_asyncio"
            && (self.own_modules_first || BUILT_IN.contains(&path) || self.imports_for_itself());
        let ask = self.imports_files
            && answer.is_none()
            && !(own && own_first)
            && (parent.is_none() || !directories.is_empty());
        if ask {
            let directories = self.heap.list(directories);
            let name = Value::Str(id);
            self.found_by_host = Some(id);
            self.ask_host(FIND_MODULE, vec![name, directories, Value::Bool(own)]);
            return Ok(Search::Found(Found::Answer(Outcome::Host)));
        }
        if own {
            let found = self.load_own(path);
            // A package of the program's own, in which acoro's module is.
            if let Some(Value::Module(owner)) = parent
                && !self.is_embedded(owner)
                && let Some(Value::Module(module)) = self.dict_get_str(self.modules, id)
            {
                self.bind_submodule(path, parent, module);
            }
            return Ok(Search::Found(found));
        }
        Ok(Search::Missing)
    }

    /// Is it acoro's own code that imports, and for its own needs?
    fn imports_for_itself(&self) -> bool {
        let code = self.heap[self.top().function].code;
        let module = self.codes[code as usize].module;
        let imports_for_others = self.heap.text(self.heap[module].name) == "importlib";
        self.is_hidden(code) && !imports_for_others
    }

    /// The host's answer to the search for a module: a file's name, text and, for a package, its directories; False if there is none.
    pub(crate) fn module_was_searched(&mut self, path: Id<Str>, answer: Value) {
        self.found = Some((path, answer));
    }

    fn module_not_found(&mut self, path: &str, text: String) -> Raise {
        let mut text = text;
        let top = path.split('.').next().unwrap_or(path);
        if stdlib::is_python_module(top) {
            text.push_str(" (acoro does not have this module)");
        }
        let raise = self.raise(classes::MODULE_NOT_FOUND_ERROR, text);
        let name = self.heap.str(path);
        self.set_exception_attribute(raise.0, names::NAME_ATTRIBUTE, name);
        let mut notes = Vec::new();
        if let Some(near) = crate::text::nearest(path, stdlib::names()) {
            notes.push(self.heap.str(format!("Did you mean '{near}'?")));
        }
        if self.imports_files
            && !path.contains('.')
            && let Value::List(list) = self.path
        {
            let places: Vec<String> = self.heap[list]
                .items
                .iter()
                .filter_map(|&place| match place {
                    Value::Str(place) => Some(match self.heap.text(place) {
                        "" => "the current directory".to_owned(),
                        place => place.to_owned(),
                    }),
                    _ => None,
                })
                .collect();
            if !places.is_empty() {
                let text = format!(
                    "acoro looked for {path}.acoro and {path}.py in {}, and among its own modules",
                    places.join(", ")
                );
                notes.push(self.heap.str(text));
            }
        }
        if !notes.is_empty() {
            let notes = self.heap.list(notes);
            self.set_exception_attribute(raise.0, names::NOTES, notes);
        }
        raise
    }

    /// One of acoro's own modules.
    fn load_own(&mut self, path: &str) -> Found {
        let text = stdlib::source(path).unwrap_or_default();
        let module = self.new_module(path);
        for (table, (home, rows)) in natives::tables().iter().enumerate() {
            if matches!(home, Home::Module(owner) if *owner == path) {
                for (row, native) in rows.iter().enumerate() {
                    let name = self.heap.intern(native.name);
                    self.set_module_global(module, name, Value::Native(natives::id(table, row)));
                }
            }
        }
        if path == "builtins" {
            for (name, value) in self.builtins.clone() {
                self.set_module_global(module, name, value);
            }
        }
        let id = self.heap.intern(path);
        self.dict_set_str(self.modules, id, Value::Module(module));
        self.heap[module].initialized = true;
        if text.is_empty() {
            return Found::Ready(module);
        }
        let function = self.load_embedded(&format!("<acoro {path}>"), text, module);
        Found::Answer(Outcome::Call(Box::new(CallRequest {
            callee: Value::Function(function),
            args: smallvec![],
            keywords: Value::Undef,
        })))
    }

    /// A module that the host found: its body is to be run.
    fn load_found(
        &mut self,
        path: &str,
        parent: Option<Value>,
        found: Id<crate::objects::Tuple>,
    ) -> Result<Found, Raise> {
        let items = self.heap[found].items.to_vec();
        let [file, Value::Str(text), directories] = items[..] else {
            return Err(self.raise(classes::IMPORT_ERROR, "the host gave no module"));
        };
        let text = self.heap.text(text).to_owned();
        let module = self.new_module(path);
        let package = match directories {
            Value::None => path.rsplit_once('.').map_or("", |(package, _)| package),
            _ => path,
        };
        let package = self.heap.str(package);
        let package_name = self.heap.intern("__package__");
        self.set_module_global(module, package_name, package);
        if !directories.is_none() {
            self.set_module_global(module, names::PATH, directories);
        }
        let id = self.heap.intern(path);
        let Value::Str(file) = file else {
            // A directory without `__init__`.
            self.set_module_global(module, names::FILE, Value::None);
            self.heap[module].initialized = true;
            self.dict_set_str(self.modules, id, Value::Module(module));
            self.bind_submodule(path, parent, module);
            return Ok(Found::Ready(module));
        };
        self.set_module_global(module, names::FILE, Value::Str(file));
        let source = Source::new(self.heap.text(file), text);
        let options = self.module_options;
        let unit =
            syntax::parse(&source).and_then(|tree| compile::compile(&tree, &source, &options));
        let (source, unit) = match unit {
            Err(errors) if options.testing => lenient(source, errors, options),
            unit => (source, unit),
        };
        let unit = match unit {
            Ok(unit) => unit,
            Err(errors) => return Err(self.source_error(&source, &errors)),
        };
        let body = self.load(unit, source, module);
        self.dict_set_str(self.modules, id, Value::Module(module));
        let parent = parent.unwrap_or_default().or_none();
        let part = self.heap.str(path.rsplit('.').next().unwrap_or_default());
        let args = [
            Value::Function(body),
            Value::Module(module),
            Value::Str(id),
            parent,
            part,
        ];
        self.call_prelude("_run_module", &args).map(Found::Answer)
    }

    fn bind_submodule(&mut self, path: &str, parent: Option<Value>, module: Id<Module>) {
        if let Some(Value::Module(parent)) = parent {
            let part = self
                .heap
                .intern(path.rsplit('.').next().unwrap_or_default());
            self.set_module_global(parent, part, Value::Module(module));
        }
    }

    /// The exception that a module's source errors are: the first of them, with how many more there are as a note.
    fn source_error(&mut self, source: &Source, errors: &[Diagnostic]) -> Raise {
        let Some(error) = errors.first() else {
            return self.raise(classes::SYNTAX_ERROR, "invalid syntax");
        };
        let class = match error.kind {
            ErrorKind::Syntax | ErrorKind::Unsupported => classes::SYNTAX_ERROR,
            ErrorKind::Indentation => classes::INDENTATION_ERROR,
            ErrorKind::Tab => classes::TAB_ERROR,
        };
        let (line, column) = source.line_column(error.span().start);
        let (end_line, end_column) = source.line_column(error.span().end);
        let details = [
            self.heap.str(source.name.as_str()),
            Value::Int(line.into()),
            Value::Int(column.into()),
            self.heap.str(format!("{}\n", source.line(line))),
            Value::Int(end_line.into()),
            Value::Int(end_column.into()),
        ];
        let message = self.heap.str(error.message.as_str());
        let details = self.heap.tuple(details);
        let exception = self.new_exception_with(class, &[message, details]);
        let mut notes = Vec::new();
        if let Some(help) = &error.help {
            notes.push(self.heap.str(format!("help: {help}")));
        }
        if errors.len() > 1 {
            let more = errors.len() - 1;
            let plural = if more > 1 { "s" } else { "" };
            let text = format!(
                "({more} more error{plural}: 'acoro check {}' shows all)",
                source.name
            );
            notes.push(self.heap.str(text));
        }
        if !notes.is_empty() {
            let notes = self.heap.list(notes);
            self.set_exception_attribute(exception, names::NOTES, notes);
        }
        Raise(exception)
    }

    /// Compiles and loads one of acoro's own sources.
    pub(super) fn load_embedded(
        &mut self,
        name: &str,
        text: &str,
        module: Id<Module>,
    ) -> Id<Function> {
        let source = Source::new(name, text);
        let unit = syntax::parse(&source)
            .and_then(|tree| compile::compile(&tree, &source, &compile::Options::default()));
        match unit {
            Ok(unit) => self.load(unit, source, module),
            Err(errors) => {
                let errors: Vec<String> =
                    errors.iter().map(|error| error.one_line(&source)).collect();
                panic!(
                    "invariant broken: an embedded module does not compile: {}",
                    errors.join("; ")
                );
            }
        }
    }

    /// The file of a module that lies in the first directory of `sys.path`, where it may hide another of the same name.
    fn file_beside_program(&self, module: Id<Module>) -> Option<String> {
        let (Value::Str(file), Value::List(path)) =
            (self.module_variable(module, names::FILE), self.path)
        else {
            return None;
        };
        let Value::Str(first) = *self.heap[path].items.first()? else {
            return None;
        };
        let file = self.heap.text(file);
        let mut place = file.rsplit_once('/')?;
        if place.1.starts_with("__init__.") {
            place = place.0.rsplit_once('/')?;
        }
        (place.0 == self.heap.text(first)).then(|| file.to_owned())
    }

    /// What to say when a module lacks a name: whose fault it is, and what is near, of its names and of `more`.
    pub(crate) fn missing_module_name(
        &mut self,
        module: Id<Module>,
        owner: &str,
        name: &str,
        more: &[Value],
    ) -> String {
        let more = more.iter().filter_map(|&value| match value {
            Value::Str(text) => Some(self.heap.text(text).to_owned()),
            _ => None,
        });
        let names: Vec<String> = self.heap[module]
            .globals
            .iter()
            .filter(|&(_, &slot)| !self.globals[slot as usize].is_undef())
            .map(|(&name, _)| self.heap.text(name).to_owned())
            .filter(|name| !name.starts_with('_'))
            .chain(more)
            .collect();
        if !self.heap[module].initialized {
            return match self.file_beside_program(module) {
                Some(file) => format!(
                    "module '{owner}' has no attribute '{name}' (consider renaming '{file}' if it has the same name as a third-party module you intended to import)"
                ),
                None => format!(
                    "partially initialized module '{owner}' has no attribute '{name}' (most likely due to a circular import)"
                ),
            };
        }
        let mut message = format!("module '{owner}' has no attribute '{name}'");
        if self.is_embedded(module) && stdlib::source(owner).is_some() {
            message.push_str(" (acoro's version of the module lacks it, or it does not exist)");
        }
        if let Some(near) = crate::text::nearest(name, names.iter().map(String::as_str)) {
            message.push_str(&format!(". Did you mean: '{near}'?"));
        }
        message
    }
}

/// A file of tests with refusals: compiled again, with what is refused left to be refused when it is reached.
fn lenient(
    source: Source,
    errors: Vec<Diagnostic>,
    options: compile::Options,
) -> (Source, Result<crate::bytecode::Unit, Vec<Diagnostic>>) {
    let mut source = source;
    let mut errors = errors;
    for _ in 0..50 {
        let Some(text) = compile::lenient::without_refused(&source, &errors) else {
            break;
        };
        source = Source::new(source.name, text);
        match syntax::parse(&source).and_then(|tree| compile::compile(&tree, &source, &options)) {
            Ok(unit) => return (source, Ok(unit)),
            Err(more) => errors = more,
        }
    }
    (source, Err(errors))
}

/// A module that was found.
enum Found {
    /// It is there, and has no body to run.
    Ready(Id<Module>),
    /// The import goes on, or begins again, behind this: the body's run, or the host's answer.
    Answer(Outcome),
}

enum Search {
    Found(Found),
    Missing,
}

/// Functions of `_imports`, which `importlib` and the test runner use.
pub(crate) const NATIVES: &[NativeFn] = &[
    native::native("_import_step", "name, /", import_step),
    native::native("_import_answer", "answer, /", import_answer),
];

/// Imports a module a step further: the module, or None when it is to be called again, or what `_import_answer` is to be given.
fn import_step(vm: &mut Vm, args: Args) -> NativeResult {
    let name = args.get(vm, 0);
    if !matches!(name, Value::Str(_)) {
        let kind = vm.type_name(name).to_owned();
        return vm.fail_type(format!("module name must be str, not {kind}"));
    }
    vm.import_module(name, true, Value::Int(0))
}

fn import_answer(vm: &mut Vm, args: Args) -> NativeResult {
    let answer = args.get(vm, 0);
    if let (Some(name), Value::Tuple(_) | Value::Bool(_)) = (vm.found_by_host.take(), answer) {
        vm.module_was_searched(name, answer);
    }
    ok(Value::None)
}

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native::native("_module_done", "module, name, parent, part, /", module_done),
    native::native("_module_failed", "name, /", module_failed),
    native::native("_no_such_name", "module, name, more, /", no_such_name),
];

/// The AttributeError of a module whose `__getattr__` knows no such name; `more` are the names it does know.
fn no_such_name(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::Str(owner), Value::Str(name)) = (args.get(vm, 0), args.get(vm, 1)) else {
        return Err(vm.type_error("a module's name and that of an attribute were expected"));
    };
    let Some(Value::Module(module)) = vm.dict_get_str(vm.modules, owner) else {
        return Err(vm.key_error(Value::Str(owner)));
    };
    let more = match args.get(vm, 2) {
        Value::Tuple(more) => vm.heap[more].items.to_vec(),
        _ => Vec::new(),
    };
    let (owner, text) = (
        vm.heap.text(owner).to_owned(),
        vm.heap.text(name).to_owned(),
    );
    let message = vm.missing_module_name(module, &owner, &text, &more);
    Err(vm.attribute_error_with(Value::Module(module), name, message))
}

/// A module's body has run to its end.
fn module_done(vm: &mut Vm, args: Args) -> NativeResult {
    let (module, name) = (args.get(vm, 0), args.get(vm, 1));
    let (Value::Module(module), Value::Str(name)) = (module, name) else {
        panic!("invariant broken: the prelude ran a module");
    };
    vm.heap[module].initialized = true;
    // A body may replace its module in sys.modules.
    let Some(module) = vm.dict_get_str(vm.modules, name) else {
        return Err(vm.key_error(Value::Str(name)));
    };
    if let (Value::Module(parent), Value::Str(part)) = (args.get(vm, 2), args.get(vm, 3)) {
        let part = vm.heap.intern_id(part);
        vm.set_module_global(parent, part, module);
    }
    ok(Value::None)
}

fn module_failed(vm: &mut Vm, args: Args) -> NativeResult {
    if let Value::Str(name) = args.get(vm, 0) {
        vm.dict_remove_str(vm.modules, name);
    }
    ok(Value::None)
}
