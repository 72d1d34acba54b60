//! The calendar's arithmetic: days counted from 1 January of the year 1, as CPython's `date.toordinal` does.

use crate::heap::Value;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_ymd2ord", "year, month, day, /", to_ordinal),
    native("_ord2ymd", "ordinal, /", from_ordinal),
    native("_split_micros", "micros, /", split_micros),
];

const DAYS_BEFORE_MONTH: [i64; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_before_month(year: i64, month: usize) -> i64 {
    DAYS_BEFORE_MONTH[month] + i64::from(month > 2 && is_leap(year))
}

fn int(vm: &mut Vm, args: Args, index: usize) -> Result<i64, crate::vm::Raise> {
    vm.index_arg(args.get(vm, index))
}

fn to_ordinal(vm: &mut Vm, args: Args) -> NativeResult {
    let (year, month, day) = (int(vm, args, 0)?, int(vm, args, 1)?, int(vm, args, 2)?);
    let before = year - 1;
    let month = usize::try_from(month).unwrap_or(1).clamp(1, 12);
    let years =
        before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    ok(Value::Int(years + days_before_month(year, month) + day))
}

/// Year, month and day of a day's number, which is 1 or more.
fn civil(ordinal: i64) -> (i64, i64, i64) {
    let n = ordinal - 1;
    let (n400, n) = (n.div_euclid(146_097), n.rem_euclid(146_097));
    let (n100, n) = (n / 36_524, n % 36_524);
    let (n4, n) = (n / 1461, n % 1461);
    let (n1, n) = (n / 365, n % 365);
    let year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
    if n1 == 4 || n100 == 4 {
        return (year - 1, 12, 31);
    }
    let month = (2..=12)
        .take_while(|&month| n >= days_before_month(year, month))
        .last()
        .unwrap_or(1);
    (year, month as i64, n - days_before_month(year, month) + 1)
}

fn from_ordinal(vm: &mut Vm, args: Args) -> NativeResult {
    let (year, month, day) = civil(int(vm, args, 0)?);
    ok(vm.heap.tuple([year, month, day].map(Value::Int)))
}

/// Year, month, day, hour, minute, second, microsecond of a moment in microseconds; None if there is no such year.
fn split_micros(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Int(micros) = args.get(vm, 0) else {
        return ok(Value::None);
    };
    let (days, rest) = (
        micros.div_euclid(86_400_000_000),
        micros.rem_euclid(86_400_000_000),
    );
    if !(1..=3_652_059).contains(&days) {
        return ok(Value::None);
    }
    let (year, month, day) = civil(days);
    let (seconds, microsecond) = (rest / 1_000_000, rest % 1_000_000);
    let (minutes, second) = (seconds / 60, seconds % 60);
    let parts = [
        year,
        month,
        day,
        minutes / 60,
        minutes % 60,
        second,
        microsecond,
    ];
    ok(vm.heap.tuple(parts.map(Value::Int)))
}
