//! What is called often of `datetime`, for the plain case: objects of the module's own classes, ints in range, one time zone or none.
//! The answer to anything else is None, and the module's own code does it.
//!
//! The module hands over what it is made of, a timedelta, a date, a time, a datetime and the class `tzinfo`: objects are known by
//! the shapes of the first four.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::datetime::{DAY, civil, days_in_month, ordinal};
use super::datetime_text as text;
use crate::heap::{Id, Value};
use crate::objects::{Class, Instance};
use crate::vm::native::plain;
use crate::vm::{NativeFn, Vm};
use smallvec::SmallVec;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    plain(
        "_plain_timedelta",
        "module, days, seconds, microseconds, milliseconds, minutes, hours, weeks, /",
        |vm, args| {
            const UNITS: [i64; 7] = [DAY, 1_000_000, 1, 1000, 60_000_000, 3_600_000_000, 7 * DAY];
            let (&module, given) = args.split_first()?;
            let mut total = 0i64;
            for (&value, unit) in given.iter().zip(UNITS) {
                let Value::Int(value) = value else {
                    return None;
                };
                total = total.checked_add(value.checked_mul(unit)?)?;
            }
            Parts::of(vm, module)?.delta(vm, total)
        },
    ),
    plain("_plain_date", "module, year, month, day, /", |vm, args| {
        let (&module, given) = args.split_first()?;
        let parts = Parts::of(vm, module)?;
        let day = date(ints(given)?)?;
        Some(parts.make(vm, parts.date, &day.map(Value::Int)))
    }),
    plain(
        "_plain_time",
        "module, hour, minute, second, microsecond, tzinfo, fold, /",
        |vm, args| {
            let (&module, given) = args.split_first()?;
            let parts = Parts::of(vm, module)?;
            let clock = parts.clock(vm, given)?;
            Some(parts.make(vm, parts.time, &clock))
        },
    ),
    plain(
        "_plain_datetime",
        "module, year, month, day, hour, minute, second, microsecond, tzinfo, fold, /",
        |vm, args| {
            let (&module, given) = args.split_first()?;
            let parts = Parts::of(vm, module)?;
            let (day, clock) = given.split_at_checked(3)?;
            let mut slots = date(ints(day)?)?.map(Value::Int).to_vec();
            slots.extend(parts.clock(vm, clock)?);
            Some(parts.make(vm, parts.moment, &slots))
        },
    ),
    plain("_plain_delta", "module, total, /", |vm, args| {
        let &[module, Value::Int(total)] = args else {
            return None;
        };
        Parts::of(vm, module)?.delta(vm, total)
    }),
    plain(
        "_plain_from_micros",
        "module, micros, tzinfo, /",
        |vm, args| {
            let &[module, Value::Int(micros), zone] = args else {
                return None;
            };
            Parts::of(vm, module)?.moment(vm, micros, zone)
        },
    ),
    plain("_plain_add", "module, a, b, /", |vm, args| {
        let (parts, a, b) = Parts::with(vm, args)?;
        match (a, b) {
            (Plain::Delta(a), Plain::Delta(b)) => parts.delta(vm, a.checked_add(b)?),
            (Plain::Date(day), Plain::Delta(delta)) => parts.day(vm, day + delta.div_euclid(DAY)),
            (Plain::Moment(micros, zone), Plain::Delta(delta)) => {
                parts.moment(vm, micros.checked_add(delta)?, zone)
            }
            _ => None,
        }
    }),
    plain("_plain_sub", "module, a, b, /", |vm, args| {
        let (parts, a, b) = Parts::with(vm, args)?;
        match (a, b) {
            (Plain::Delta(a), Plain::Delta(b)) => parts.delta(vm, a.checked_sub(b)?),
            (Plain::Date(day), Plain::Delta(delta)) => parts.day(vm, day - delta.div_euclid(DAY)),
            (Plain::Date(a), Plain::Date(b)) => parts.delta(vm, (a - b) * DAY),
            (Plain::Moment(micros, zone), Plain::Delta(delta)) => {
                parts.moment(vm, micros.checked_sub(delta)?, zone)
            }
            (Plain::Moment(a, zone), Plain::Moment(b, other)) if zone == other => {
                parts.delta(vm, a - b)
            }
            _ => None,
        }
    }),
    plain("_plain_order", "module, a, b, /", |vm, args| {
        let (_, a, b) = Parts::with(vm, args)?;
        let order = match (a, b) {
            (Plain::Delta(a), Plain::Delta(b)) | (Plain::Date(a), Plain::Date(b)) => a.cmp(&b),
            (Plain::Time(a, zone), Plain::Time(b, other))
            | (Plain::Moment(a, zone), Plain::Moment(b, other))
                if zone == other =>
            {
                a.cmp(&b)
            }
            _ => return None,
        };
        Some(Value::Int(order as i64))
    }),
    plain("_plain_hash", "module, a, /", |vm, args| {
        match only(vm, args)? {
            Plain::Date(number) | Plain::Moment(number, Value::None) => Some(Value::Int(number)),
            _ => None,
        }
    }),
    plain("_plain_iso", "module, a, separator, /", |vm, args| {
        let &[module, a, Value::Str(separator)] = args else {
            return None;
        };
        let fields = fields(vm, module, a)?;
        let text = text::iso(&fields, vm.heap.text(separator));
        Some(vm.heap.str(text))
    }),
    plain("_plain_strftime", "module, a, format, /", |vm, args| {
        let &[module, a, Value::Str(format)] = args else {
            return None;
        };
        let fields = fields(vm, module, a)?;
        let text = text::formatted(&fields, vm.heap.text(format))?;
        Some(vm.heap.str(text))
    }),
    plain("_plain_strptime", "module, text, format, /", |vm, args| {
        let &[module, Value::Str(text), Value::Str(format)] = args else {
            return None;
        };
        let parts = Parts::of(vm, module)?;
        let found = text::parsed(vm.heap.text(text), vm.heap.text(format))?;
        parts.naive(vm, found)
    }),
    plain("_plain_fromiso", "module, text, whole, /", |vm, args| {
        let &[module, Value::Str(text), Value::Bool(whole)] = args else {
            return None;
        };
        let parts = Parts::of(vm, module)?;
        let found = text::parsed_iso(vm.heap.text(text), whole)?;
        if whole {
            return parts.naive(vm, found);
        }
        let day = date([found[0], found[1], found[2]])?;
        Some(parts.make(vm, parts.date, &day.map(Value::Int)))
    }),
];

/// What an object is worth, in microseconds or days.
#[derive(Clone, Copy)]
enum Plain {
    Delta(i64),
    Date(i64),
    /// With its time zone.
    Time(i64, Value),
    /// With its time zone.
    Moment(i64, Value),
}

/// What the module is made of.
struct Parts {
    delta: Id<Instance>,
    date: Id<Instance>,
    time: Id<Instance>,
    moment: Id<Instance>,
    zone: Id<Class>,
}

fn ints<const N: usize>(values: &[Value]) -> Option<[i64; N]> {
    let mut ints = [0; N];
    for (int, &value) in ints.iter_mut().zip(values) {
        let Value::Int(value) = value else {
            return None;
        };
        *int = value;
    }
    (values.len() == N).then_some(ints)
}

/// A day that there is.
fn date(day: [i64; 3]) -> Option<[i64; 3]> {
    let [year, month, of_month] = day;
    let valid = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&of_month);
    valid.then_some(day)
}

fn in_day([hour, minute, second, microsecond]: [i64; 4]) -> i64 {
    ((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond
}

/// The only operand.
fn only(vm: &Vm, args: &[Value]) -> Option<Plain> {
    let &[module, value] = args else { return None };
    Parts::of(vm, module)?.plain(vm, value)
}

/// Year to microsecond of a datetime; a date has no hours, a time no years.
fn fields(vm: &Vm, module: Value, value: Value) -> Option<text::Fields> {
    let parts = Parts::of(vm, module)?;
    let Value::Instance(id) = value else {
        return None;
    };
    let instance = &vm.heap[id];
    let is = |example: Id<Instance>| vm.heap[example].shape == instance.shape;
    Some(if is(parts.moment) {
        let all: [i64; 7] = ints(instance.slots.get(..7)?)?;
        text::Fields {
            date: Some([all[0], all[1], all[2]]),
            time: Some([all[3], all[4], all[5], all[6]]),
        }
    } else if is(parts.date) {
        text::Fields {
            date: Some(ints(&instance.slots)?),
            time: None,
        }
    } else if is(parts.time) {
        text::Fields {
            date: None,
            time: Some(ints(instance.slots.get(..4)?)?),
        }
    } else {
        return None;
    })
}

impl Parts {
    fn of(vm: &Vm, module: Value) -> Option<Self> {
        let Value::Tuple(module) = module else {
            return None;
        };
        match &vm.heap[module].items[..] {
            &[
                Value::Instance(delta),
                Value::Instance(date),
                Value::Instance(time),
                Value::Instance(moment),
                Value::Class(zone),
            ] => Some(Self {
                delta,
                date,
                time,
                moment,
                zone,
            }),
            _ => None,
        }
    }

    /// With two operands.
    fn with(vm: &Vm, args: &[Value]) -> Option<(Self, Plain, Plain)> {
        let &[module, a, b] = args else { return None };
        let parts = Self::of(vm, module)?;
        let (a, b) = (parts.plain(vm, a)?, parts.plain(vm, b)?);
        Some((parts, a, b))
    }

    fn plain(&self, vm: &Vm, value: Value) -> Option<Plain> {
        let Value::Instance(id) = value else {
            return None;
        };
        let instance = &vm.heap[id];
        let is = |example: Id<Instance>| vm.heap[example].shape == instance.shape;
        let slots = &instance.slots;
        Some(if is(self.moment) {
            let [year, month, day]: [i64; 3] = ints(slots.get(..3)?)?;
            let clock = in_day(ints(slots.get(3..7)?)?);
            Plain::Moment(ordinal(year, month, day) * DAY + clock, *slots.get(7)?)
        } else if is(self.delta) {
            let [days, seconds, microseconds]: [i64; 3] = ints(slots)?;
            let seconds = days * 86_400 + seconds;
            Plain::Delta(seconds.checked_mul(1_000_000)?.checked_add(microseconds)?)
        } else if is(self.date) {
            let [year, month, day]: [i64; 3] = ints(slots)?;
            Plain::Date(ordinal(year, month, day))
        } else if is(self.time) {
            Plain::Time(in_day(ints(slots.get(..4)?)?), *slots.get(4)?)
        } else {
            return None;
        })
    }

    /// An object like the example with other attributes.
    fn make(&self, vm: &mut Vm, example: Id<Instance>, slots: &[Value]) -> Value {
        let (class, shape) = (vm.heap[example].class, vm.heap[example].shape);
        let instance = Instance {
            class,
            shape,
            slots: SmallVec::from_slice(slots),
        };
        Value::Instance(vm.heap.new_instance(instance))
    }

    fn delta(&self, vm: &mut Vm, total: i64) -> Option<Value> {
        let (days, rest) = (total.div_euclid(DAY), total.rem_euclid(DAY));
        let slots = [days, rest / 1_000_000, rest % 1_000_000].map(Value::Int);
        (days.abs() <= 999_999_999).then(|| self.make(vm, self.delta, &slots))
    }

    fn day(&self, vm: &mut Vm, ordinal: i64) -> Option<Value> {
        let (year, month, day) = civil(ordinal)?;
        Some(self.make(vm, self.date, &[year, month, day].map(Value::Int)))
    }

    fn moment(&self, vm: &mut Vm, micros: i64, zone: Value) -> Option<Value> {
        let (year, month, day) = civil(micros.div_euclid(DAY))?;
        let rest = micros.rem_euclid(DAY);
        let (seconds, microsecond) = (rest / 1_000_000, rest % 1_000_000);
        let (minutes, second) = (seconds / 60, seconds % 60);
        let (hour, minute) = (minutes / 60, minutes % 60);
        let fields = [year, month, day, hour, minute, second, microsecond];
        let mut slots = [Value::Int(0); 9];
        slots[..7].copy_from_slice(&fields.map(Value::Int));
        slots[7] = zone;
        Some(self.make(vm, self.moment, &slots))
    }

    /// A datetime without a time zone, if there is such a day.
    fn naive(&self, vm: &mut Vm, fields: [i64; 7]) -> Option<Value> {
        let [year, month, day, ref clock @ ..] = fields;
        let day = date([year, month, day])?;
        let clock = clock.map(Value::Int);
        let mut slots = day.map(Value::Int).to_vec();
        slots.extend(self.clock(vm, &[&clock[..], &[Value::None, Value::Int(0)]].concat())?);
        Some(self.make(vm, self.moment, &slots))
    }

    /// Hour, minute, second, microsecond, time zone and fold, if they are in range.
    fn clock(&self, vm: &Vm, given: &[Value]) -> Option<[Value; 6]> {
        let &[.., zone, fold] = given else {
            return None;
        };
        let [hour, minute, second, microsecond] = ints(given.get(..4)?)?;
        let zoned = match zone {
            Value::None => true,
            Value::Instance(id) => vm.is_subclass(vm.heap[id].class, self.zone),
            _ => false,
        };
        let valid = zoned
            && matches!(fold, Value::Int(0 | 1))
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1_000_000).contains(&microsecond);
        valid.then(|| {
            let [a, b, c, d] = [hour, minute, second, microsecond].map(Value::Int);
            [a, b, c, d, zone, fold]
        })
    }
}
