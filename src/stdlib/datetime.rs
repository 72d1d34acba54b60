//! The calendar's arithmetic: days counted from 1 January of the year 1, as CPython's `date.toordinal` does.

use crate::heap::Value;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_ymd2ord", "year, month, day, /", to_ordinal),
    native("_ord2ymd", "ordinal, /", from_ordinal),
];

const DAYS_BEFORE_MONTH: [i64; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Microseconds.
pub(super) const DAY: i64 = 86_400_000_000;
const LAST_DAY: i64 = 3_652_059;

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_before_month(year: i64, month: usize) -> i64 {
    DAYS_BEFORE_MONTH[month] + i64::from(month > 2 && is_leap(year))
}

/// Of a month from 1 to 12.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The number of a day.
pub(super) fn ordinal(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let month = usize::try_from(month).unwrap_or(1).clamp(1, 12);
    let years =
        before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    years + days_before_month(year, month) + day
}

fn int(vm: &mut Vm, args: Args, index: usize) -> Result<i64, crate::vm::Raise> {
    vm.index_arg(args.get(vm, index))
}

fn to_ordinal(vm: &mut Vm, args: Args) -> NativeResult {
    let (year, month, day) = (int(vm, args, 0)?, int(vm, args, 1)?, int(vm, args, 2)?);
    ok(Value::Int(ordinal(year, month, day)))
}

/// Year, month and day of a day's number; None if there is no such year.
pub(super) fn civil(ordinal: i64) -> Option<(i64, i64, i64)> {
    (1..=LAST_DAY).contains(&ordinal).then(|| split(ordinal))
}

/// The same for any number from 1 on.
fn split(ordinal: i64) -> (i64, i64, i64) {
    let n = ordinal - 1;
    let (n400, n) = (n.div_euclid(146_097), n.rem_euclid(146_097));
    let (n100, n) = (n / 36_524, n % 36_524);
    let (n4, n) = (n / 1461, n % 1461);
    let (n1, n) = (n / 365, n % 365);
    let year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
    if n1 == 4 || n100 == 4 {
        return (year - 1, 12, 31);
    }
    // A month has 32 days or fewer: so this is the month or the one before.
    let mut month = (n / 32 + 1) as usize;
    if month < 12 && n >= days_before_month(year, month + 1) {
        month += 1;
    }
    (year, month as i64, n - days_before_month(year, month) + 1)
}

fn from_ordinal(vm: &mut Vm, args: Args) -> NativeResult {
    let (year, month, day) = split(int(vm, args, 0)?);
    ok(vm.heap.tuple([year, month, day].map(Value::Int)))
}
