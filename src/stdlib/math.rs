//! The native part of `math`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::math_functions::{Answer, ExactSum, gamma, lgamma, norm, remainder};
use crate::heap::Value;
use crate::text::{self, IntRef};
use crate::vm::{
    Args, Home, NativeFn, NativeResult, Outcome, Raise, Vm, classes, names, native, ok,
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};

/// Functions on one float are rows of this table: what they compute, and whether an infinite result is an overflow.
macro_rules! float_functions {
    ($($name:ident $can_overflow:literal $compute:expr),+ $(,)?) => {
        $(
            fn $name(vm: &mut Vm, args: Args) -> NativeResult {
                one_float(vm, args, stringify!($name), $can_overflow, $compute)
            }
        )+
        /// The functions on one float.
        pub(crate) const FLOAT_FUNCTIONS: &[NativeFn] = &[$(native(stringify!($name), "x, /", $name)),+];
    };
}

float_functions! {
    acos false f64::acos, acosh false libm::acosh, asin false f64::asin, asinh false libm::asinh,
    atan false f64::atan, atanh false libm::atanh, cbrt false f64::cbrt, cos false f64::cos, cosh true f64::cosh,
    degrees false |x: f64| x * (180.0 / std::f64::consts::PI), erf false libm::erf, erfc false libm::erfc,
    exp true f64::exp, exp2 true f64::exp2, expm1 true f64::exp_m1, fabs false f64::abs, log1p false f64::ln_1p,
    radians false |x: f64| x * (std::f64::consts::PI / 180.0), sin false f64::sin, sinh true f64::sinh,
    sqrt false f64::sqrt, tan false f64::tan, tanh false f64::tanh,
}

pub(crate) const FUNCTIONS: &[NativeFn] = &[
    native("atan2", "y, x, /", atan2),
    native("ceil", "x, /", ceil),
    native("comb", "n, k, /", comb),
    native("copysign", "x, y, /", copysign),
    native("dist", "p, q, /", dist),
    native("factorial", "n, /", factorial),
    native("floor", "x, /", floor),
    native("fma", "x, y, z, /", fma),
    native("fmod", "x, y, /", fmod),
    native("frexp", "x, /", frexp),
    native("fsum", "seq, /", fsum),
    native("gamma", "x, /", gamma_function),
    native("gcd", "*integers", gcd),
    native("hypot", "*coordinates", hypot),
    native("isclose", "a, b, *, rel_tol=1e-09, abs_tol=0.0", isclose),
    native("isfinite", "x, /", isfinite),
    native("isinf", "x, /", isinf),
    native("isnan", "x, /", isnan),
    native("isqrt", "n, /", isqrt),
    native("lcm", "*integers", lcm),
    native("ldexp", "x, i, /", ldexp),
    native("lgamma", "x, /", lgamma_function),
    native("log", "x, base=math.e, /", log),
    native("log10", "x, /", log10),
    native("log2", "x, /", log2),
    native("modf", "x, /", modf),
    native("nextafter", "x, y, /, *, steps=None", nextafter),
    native("perm", "n, k=None, /", perm),
    native("pow", "x, y, /", pow),
    native("remainder", "x, y, /", remainder_function),
    native("trunc", "x, /", trunc),
    native("ulp", "x, /", ulp),
];

/// Has an argument to be converted by script code: is it an instance with a `__float__` or an `__index__`?
fn is_converted(vm: &Vm, argument: Value) -> bool {
    match argument {
        Value::Instance(id) if vm.number(vm.native_value(argument)).is_none() => {
            let class = vm.heap[id].class;
            [names::FLOAT, names::INDEX]
                .into_iter()
                .any(|name| vm.class_attribute(class, name).is_some())
        }
        _ => false,
    }
}

/// The call once more, with floats.
fn call_with_floats(vm: &mut Vm, args: &[Value], name: &str) -> NativeResult {
    let function = vm.find_native(|home| matches!(home, Home::Module("math")), name);
    let all = vm.heap.tuple(args.to_vec());
    vm.call_prelude("_call_with_floats", &[function.unwrap_or_default(), all])
}

/// Float arguments, or the call that converts them first.
fn floats<const N: usize>(
    vm: &mut Vm,
    args: Args,
    name: &str,
) -> Result<Result<[f64; N], Outcome>, Raise> {
    let mut values = [0.0; N];
    for (at, value) in values.iter_mut().enumerate() {
        let argument = args.get(vm, at);
        if is_converted(vm, argument) {
            let all: Vec<Value> = args
                .rest(vm, 0)
                .iter()
                .copied()
                .filter(|arg| !arg.is_undef())
                .collect();
            return call_with_floats(vm, &all, name).map(Err);
        }
        *value = vm.float_arg(argument)?;
    }
    Ok(Ok(values))
}

#[cold]
fn domain_error(vm: &mut Vm) -> Raise {
    vm.value_error("math domain error")
}

#[cold]
fn range_error(vm: &mut Vm) -> Raise {
    vm.raise(classes::OVERFLOW_ERROR, "math range error")
}

fn answer(vm: &mut Vm, answer: Answer) -> NativeResult {
    match answer {
        Answer::Value(value) => ok(Value::Float(value)),
        Answer::Domain => Err(domain_error(vm)),
        Answer::Range => Err(range_error(vm)),
    }
}

fn one_float(
    vm: &mut Vm,
    args: Args,
    name: &str,
    can_overflow: bool,
    compute: fn(f64) -> f64,
) -> NativeResult {
    let x = match args.get(vm, 0) {
        Value::Float(x) => x,
        _ => match floats::<1>(vm, args, name)? {
            Ok([x]) => x,
            Err(outcome) => return Ok(outcome),
        },
    };
    let result = compute(x);
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(vm));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(if can_overflow {
            range_error(vm)
        } else {
            domain_error(vm)
        });
    }
    ok(Value::Float(result))
}

fn two_floats(
    vm: &mut Vm,
    args: Args,
    name: &str,
    compute: fn(f64, f64) -> Answer,
) -> NativeResult {
    match floats::<2>(vm, args, name)? {
        Ok([x, y]) => answer(vm, compute(x, y)),
        Err(outcome) => Ok(outcome),
    }
}

fn atan2(vm: &mut Vm, args: Args) -> NativeResult {
    two_floats(vm, args, "atan2", |y, x| Answer::Value(y.atan2(x)))
}

fn copysign(vm: &mut Vm, args: Args) -> NativeResult {
    two_floats(vm, args, "copysign", |x, y| Answer::Value(x.copysign(y)))
}

fn fmod(vm: &mut Vm, args: Args) -> NativeResult {
    two_floats(vm, args, "fmod", |x, y| {
        let rest = x % y;
        if rest.is_nan() && !x.is_nan() && !y.is_nan() {
            Answer::Domain
        } else {
            Answer::Value(rest)
        }
    })
}

fn remainder_function(vm: &mut Vm, args: Args) -> NativeResult {
    two_floats(vm, args, "remainder", remainder)
}

fn pow(vm: &mut Vm, args: Args) -> NativeResult {
    two_floats(vm, args, "pow", |x, y| {
        let power = x.powf(y);
        if power.is_finite() || !x.is_finite() || !y.is_finite() {
            Answer::Value(power)
        } else if power.is_nan() || x == 0.0 {
            Answer::Domain
        } else {
            Answer::Range
        }
    })
}

fn fma(vm: &mut Vm, args: Args) -> NativeResult {
    let [x, y, z] = match floats::<3>(vm, args, "fma")? {
        Ok(values) => values,
        Err(outcome) => return Ok(outcome),
    };
    let result = x.mul_add(y, z);
    if result.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.raise(classes::OVERFLOW_ERROR, "overflow in fma"));
    }
    ok(Value::Float(result))
}

fn gamma_function(vm: &mut Vm, args: Args) -> NativeResult {
    match floats::<1>(vm, args, "gamma")? {
        Ok([x]) => answer(vm, gamma(x)),
        Err(outcome) => Ok(outcome),
    }
}

fn lgamma_function(vm: &mut Vm, args: Args) -> NativeResult {
    match floats::<1>(vm, args, "lgamma")? {
        Ok([x]) => answer(vm, lgamma(x)),
        Err(outcome) => Ok(outcome),
    }
}

fn predicate(vm: &mut Vm, args: Args, name: &str, test: fn(f64) -> bool) -> NativeResult {
    match floats::<1>(vm, args, name)? {
        Ok([x]) => ok(Value::Bool(test(x))),
        Err(outcome) => Ok(outcome),
    }
}

fn isfinite(vm: &mut Vm, args: Args) -> NativeResult {
    predicate(vm, args, "isfinite", f64::is_finite)
}
fn isinf(vm: &mut Vm, args: Args) -> NativeResult {
    predicate(vm, args, "isinf", f64::is_infinite)
}
fn isnan(vm: &mut Vm, args: Args) -> NativeResult {
    predicate(vm, args, "isnan", f64::is_nan)
}

fn isclose(vm: &mut Vm, args: Args) -> NativeResult {
    let [a, b] = match floats::<2>(vm, args, "isclose")? {
        Ok(values) => values,
        Err(outcome) => return Ok(outcome),
    };
    let [relative, absolute] = [2, 3].map(|at| args.get(vm, at));
    let relative = vm.float_arg(relative.or(Value::Float(1e-9)))?;
    let absolute = vm.float_arg(absolute.or(Value::Float(0.0)))?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    let difference = (b - a).abs();
    let close = a == b
        || a.is_finite()
            && b.is_finite()
            && (difference <= (relative * b).abs()
                || difference <= (relative * a).abs()
                || difference <= absolute);
    ok(Value::Bool(close))
}

fn frexp(vm: &mut Vm, args: Args) -> NativeResult {
    match floats::<1>(vm, args, "frexp")? {
        Ok([x]) => {
            let (mantissa, exponent) = if x.is_finite() {
                libm::frexp(x)
            } else {
                (x, 0)
            };
            ok(vm
                .heap
                .tuple([Value::Float(mantissa), Value::Int(i64::from(exponent))]))
        }
        Err(outcome) => Ok(outcome),
    }
}

fn modf(vm: &mut Vm, args: Args) -> NativeResult {
    match floats::<1>(vm, args, "modf")? {
        Ok([x]) => {
            let whole = x.trunc();
            let fraction = if x.is_infinite() {
                0.0_f64.copysign(x)
            } else {
                (x - whole).copysign(x)
            };
            ok(vm.heap.tuple([Value::Float(fraction), Value::Float(whole)]))
        }
        Err(outcome) => Ok(outcome),
    }
}

fn ldexp(vm: &mut Vm, args: Args) -> NativeResult {
    let [x, exponent] = [0, 1].map(|at| args.get(vm, at));
    if is_converted(vm, x) {
        return vm.call_prelude("_ldexp_of", &[x, exponent]);
    }
    let x = vm.float_arg(x)?;
    let exponent = match vm.int_ref(exponent) {
        None => return vm.fail_type("Expected an int as second argument to ldexp."),
        Some(IntRef::Small(exponent)) => exponent.clamp(-10_000, 10_000) as i32,
        Some(IntRef::Big(exponent)) => {
            if exponent.is_negative() {
                -10_000
            } else {
                10_000
            }
        }
    };
    if x == 0.0 || !x.is_finite() {
        return ok(Value::Float(x));
    }
    let result = libm::ldexp(x, exponent);
    if result.is_infinite() {
        Err(range_error(vm))
    } else {
        ok(Value::Float(result))
    }
}

fn nextafter(vm: &mut Vm, args: Args) -> NativeResult {
    let [x, y] = match floats::<2>(vm, args, "nextafter")? {
        Ok(values) => values,
        Err(outcome) => return Ok(outcome),
    };
    let steps = args.get(vm, 2);
    let steps = if steps.is_undef() || steps.is_none() {
        1
    } else {
        vm.clamped_arg(steps)?
    };
    let Ok(steps) = u64::try_from(steps) else {
        return Err(vm.value_error("steps must be a non-negative integer"));
    };
    if x.is_nan() || y.is_nan() {
        return ok(Value::Float(f64::NAN));
    }
    // Floats in their order, as integers.
    let place = |float: f64| {
        let bits = float.to_bits() as i64;
        if bits < 0 {
            i64::MIN.wrapping_sub(bits)
        } else {
            bits
        }
    };
    let (from, to) = (place(x), place(y));
    if steps == 0 {
        return ok(Value::Float(x));
    }
    if u64::try_from((i128::from(to) - i128::from(from)).unsigned_abs()).unwrap_or(u64::MAX)
        <= steps
    {
        // One step up from below zero gives the negative one.
        let from_below = args.get(vm, 2).is_undef() && y == 0.0 && from < 0;
        return ok(Value::Float(if from_below { -0.0 } else { y }));
    }
    let reached = if to > from {
        from.wrapping_add_unsigned(steps)
    } else {
        from.wrapping_sub_unsigned(steps)
    };
    let bits = if reached == 0 && from < 0 {
        // From below: the negative zero.
        i64::MIN
    } else if reached < 0 {
        i64::MIN.wrapping_sub(reached)
    } else {
        reached
    };
    ok(Value::Float(f64::from_bits(bits as u64)))
}

fn ulp(vm: &mut Vm, args: Args) -> NativeResult {
    match floats::<1>(vm, args, "ulp")? {
        Ok([x]) => {
            let x = x.abs();
            let step = if x.is_nan() || x.is_infinite() {
                x
            } else if x == f64::MAX {
                x - x.next_down()
            } else {
                x.next_up() - x
            };
            ok(Value::Float(step))
        }
        Err(outcome) => Ok(outcome),
    }
}

/// `floor`, `ceil` or `trunc`: an instance's own method, or that of a float.
fn whole(
    vm: &mut Vm,
    args: Args,
    name: &str,
    special: &str,
    round: fn(f64) -> f64,
) -> NativeResult {
    let value = args.get(vm, 0);
    let inner = vm.native_value(value);
    if let Value::Instance(id) = value {
        let special = vm.heap.intern(special);
        match vm.class_attribute(vm.heap[id].class, special) {
            Some(method) if !matches!(method, Value::Native(_)) => {
                return vm.call_class_attribute(method, value, &[]);
            }
            _ => {}
        }
    }
    match inner {
        Value::Float(float) => vm.to_int(Value::Float(round(float))),
        Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => vm.to_int(inner),
        _ if name == "trunc" => {
            let message = format!(
                "type {} doesn't define __trunc__ method",
                vm.type_name(value)
            );
            vm.fail_type(message)
        }
        _ => match floats::<1>(vm, args, name)? {
            Ok([float]) => vm.to_int(Value::Float(round(float))),
            Err(outcome) => Ok(outcome),
        },
    }
}

fn floor(vm: &mut Vm, args: Args) -> NativeResult {
    whole(vm, args, "floor", "__floor__", f64::floor)
}
fn ceil(vm: &mut Vm, args: Args) -> NativeResult {
    whole(vm, args, "ceil", "__ceil__", f64::ceil)
}
fn trunc(vm: &mut Vm, args: Args) -> NativeResult {
    whole(vm, args, "trunc", "__trunc__", f64::trunc)
}

/// A logarithm, of ints of any size.
fn logarithm(vm: &mut Vm, value: Value, compute: fn(f64) -> f64) -> Result<f64, Raise> {
    if let Some(int) = vm.int_ref(value) {
        let int = int.to_big();
        if !int.is_positive() {
            return Err(domain_error(vm));
        }
        if int.bits() > 1000 {
            let shift = int.bits() - 64;
            let high = (int >> shift).to_f64().unwrap_or(f64::INFINITY);
            return Ok(compute(high / 2.0_f64.powi(64)) + compute(2.0) * (shift + 64) as f64);
        }
    }
    let x = vm.float_arg(value)?;
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x <= 0.0 {
        return Err(domain_error(vm));
    }
    Ok(compute(x))
}

/// The call that makes a float of an instance first, if it is no number itself.
fn converted_first(vm: &mut Vm, args: Args, name: &str) -> Result<Option<Outcome>, Raise> {
    let x = args.get(vm, 0);
    if !matches!(x, Value::Instance(_)) || vm.number(vm.native_value(x)).is_some() {
        return Ok(None);
    }
    Ok(floats::<1>(vm, args, name)?.err())
}

fn log(vm: &mut Vm, args: Args) -> NativeResult {
    let [x, base] = [0, 1].map(|at| args.get(vm, at));
    if let Some(outcome) = converted_first(vm, args, "log")? {
        return Ok(outcome);
    }
    let numerator = logarithm(vm, x, f64::ln)?;
    if base.is_undef() {
        return ok(Value::Float(numerator));
    }
    let denominator = logarithm(vm, base, f64::ln)?;
    if denominator == 0.0 {
        return Err(vm.raise(classes::ZERO_DIVISION_ERROR, "float division by zero"));
    }
    ok(Value::Float(numerator / denominator))
}

fn log2(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(outcome) = converted_first(vm, args, "log2")? {
        return Ok(outcome);
    }
    let value = logarithm(vm, args.get(vm, 0), f64::log2)?;
    ok(Value::Float(value))
}

fn log10(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(outcome) = converted_first(vm, args, "log10")? {
        return Ok(outcome);
    }
    let value = logarithm(vm, args.get(vm, 0), f64::log10)?;
    ok(Value::Float(value))
}

/// An int argument of any size.
fn big_arg(vm: &mut Vm, value: Value) -> Result<BigInt, Raise> {
    match vm.int_ref(value) {
        Some(int) => Ok(int.to_big()),
        None => Err(vm.no_index(value)),
    }
}

fn gcd(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some((a, b)) = two_small(vm, args) {
        return ok(vm.heap.int(BigInt::from(small_gcd(a, b))));
    }
    let mut result = BigInt::zero();
    for at in 0..args.len() {
        result = result.gcd(&big_arg(vm, args.get(vm, at))?);
    }
    ok(vm.heap.int(result))
}

/// The two arguments that a function has, without their signs.
fn two_small(vm: &Vm, args: Args) -> Option<(u64, u64)> {
    match *args.rest(vm, 0) {
        [Value::Int(a), Value::Int(b)] => Some((a.unsigned_abs(), b.unsigned_abs())),
        _ => None,
    }
}

/// Euclid's algorithm.
fn small_gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn lcm(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some((a, b)) = two_small(vm, args)
        && let Some(product) = (a / small_gcd(a, b).max(1)).checked_mul(b)
    {
        return ok(vm.heap.int(BigInt::from(product)));
    }
    let mut result = BigInt::one();
    for at in 0..args.len() {
        result = result.lcm(&big_arg(vm, args.get(vm, at))?);
    }
    ok(vm.heap.int(result))
}

fn isqrt(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    let result = match vm.int_ref(value) {
        Some(int) => text::isqrt(int),
        None => return Err(vm.no_index(value)),
    };
    match result {
        Ok(root) => ok(vm.int_value(root)),
        Err(error) => Err(vm.text_error(error)),
    }
}

/// `first * (first + 1) * … * last`, halved again and again, so that the factors are of like size.
fn product(first: u64, last: u64) -> BigInt {
    let mut factors: Vec<BigInt> = (first..=last).map(BigInt::from).collect();
    while factors.len() > 1 {
        factors = factors
            .chunks(2)
            .map(|pair| match pair {
                [a, b] => a * b,
                _ => pair[0].clone(),
            })
            .collect();
    }
    factors.pop().unwrap_or_else(BigInt::one)
}

/// Refuses a product of `count` factors of up to `largest` that would not fit.
fn product_room(vm: &Vm, count: u64, largest: u64) -> Option<Outcome> {
    let bits = count.saturating_mul(64 - u64::from(largest.leading_zeros()));
    // The factors are numbers of their own at first.
    vm.lacks_room((bits / 8).saturating_add(count.saturating_mul(40)) as usize)
}

fn factorial(vm: &mut Vm, args: Args) -> NativeResult {
    if let Value::Int(n @ 0..=20) = args.get(vm, 0) {
        return ok(Value::Int((2..=n).product()));
    }
    let n = big_arg(vm, args.get(vm, 0))?;
    if n.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64() else {
        let message = "factorial() argument should not exceed 9223372036854775807";
        return Err(vm.raise(classes::OVERFLOW_ERROR, message));
    };
    let n = n as u64;
    if n > MAX_FACTORS {
        return Err(vm.text_error(text::TextError::memory()));
    }
    if let Some(need) = product_room(vm, n, n) {
        return Ok(need);
    }
    let result = product(2, n);
    ok(vm.heap.int(result))
}

/// Products of more factors than this are refused: they would take hours.
const MAX_FACTORS: u64 = 1 << 28;

/// The arguments of `comb` and `perm`; the result is 0 when the second is larger.
fn choose_args(vm: &mut Vm, args: Args) -> Result<(BigInt, BigInt), Raise> {
    let n = big_arg(vm, args.get(vm, 0))?;
    let k = big_arg(vm, args.get(vm, 1))?;
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    Ok((n, k))
}

fn falling(vm: &mut Vm, n: &BigInt, k: u64) -> Result<Result<BigInt, Outcome>, Raise> {
    if k > MAX_FACTORS {
        return Err(vm.text_error(text::TextError::memory()));
    }
    if let Some(need) = vm.lacks_room((k.saturating_mul(n.bits()) / 8) as usize) {
        return Ok(Err(need));
    }
    let mut result = BigInt::one();
    for at in 0..k {
        result *= n - at;
    }
    Ok(Ok(result))
}

fn perm(vm: &mut Vm, args: Args) -> NativeResult {
    if args.get(vm, 1).is_undef() || args.get(vm, 1).is_none() {
        return factorial(vm, args);
    }
    let (n, k) = choose_args(vm, args)?;
    if k > n {
        return ok(Value::Int(0));
    }
    match falling(vm, &n, k.to_u64().unwrap_or(u64::MAX))? {
        Ok(result) => ok(vm.heap.int(result)),
        Err(need) => Ok(need),
    }
}

fn comb(vm: &mut Vm, args: Args) -> NativeResult {
    if let (Value::Int(n), Value::Int(k)) = (args.get(vm, 0), args.get(vm, 1))
        && let Some(result) = small_comb(n, k)
    {
        return ok(Value::Int(result));
    }
    let (n, k) = choose_args(vm, args)?;
    if k > n {
        return ok(Value::Int(0));
    }
    let k = k.clone().min(&n - &k).to_u64().unwrap_or(u64::MAX);
    match falling(vm, &n, k)? {
        Ok(result) => ok(vm.heap.int(result / product(2, k))),
        Err(need) => Ok(need),
    }
}

/// How many ways there are to choose `k` of `n`, where that takes no big numbers.
fn small_comb(n: i64, k: i64) -> Option<i64> {
    if k < 0 || n < k {
        return None;
    }
    let k = k.min(n - k);
    if k > 64 {
        return None;
    }
    let mut result: i64 = 1;
    for taken in 1..=k {
        result = result.checked_mul(n - k + taken)? / taken;
    }
    Some(result)
}

fn hypot(vm: &mut Vm, args: Args) -> NativeResult {
    let given = args.rest(vm, 0).to_vec();
    if given.iter().any(|&argument| is_converted(vm, argument)) {
        return call_with_floats(vm, &given, "hypot");
    }
    let mut values = Vec::with_capacity(given.len());
    for argument in given {
        values.push(vm.float_arg(argument)?);
    }
    ok(Value::Float(norm(&values)))
}

/// The floats of an iterable; None when script code has to give them.
fn float_items(vm: &mut Vm, iterable: Value) -> Result<Option<Vec<f64>>, Raise> {
    let Some(items) = vm.items_of(iterable)? else {
        return Ok(None);
    };
    if items.iter().any(|&item| {
        matches!(item, Value::Instance(_)) && vm.number(vm.native_value(item)).is_none()
    }) {
        return Ok(None);
    }
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        values.push(vm.float_arg(item)?);
    }
    Ok(Some(values))
}

fn fsum(vm: &mut Vm, args: Args) -> NativeResult {
    let iterable = args.get(vm, 0);
    let Some(values) = float_items(vm, iterable)? else {
        let function = vm.find_native(|home| matches!(home, Home::Module("math")), "fsum");
        return vm.call_prelude(
            "_call_with_float_list",
            &[function.unwrap_or_default(), iterable],
        );
    };
    let mut sum = ExactSum::default();
    for value in values {
        if !sum.add(value) {
            return Err(vm.raise(classes::OVERFLOW_ERROR, "intermediate overflow in fsum"));
        }
    }
    match sum.result() {
        Some(sum) => ok(Value::Float(sum)),
        None => Err(vm.value_error("-inf + inf in fsum")),
    }
}

fn dist(vm: &mut Vm, args: Args) -> NativeResult {
    let [p, q] = [0, 1].map(|at| args.get(vm, at));
    let (Some(a), Some(b)) = (float_items(vm, p)?, float_items(vm, q)?) else {
        let function = vm.find_native(|home| matches!(home, Home::Module("math")), "dist");
        return vm.call_prelude(
            "_call_with_two_lists",
            &[function.unwrap_or_default(), p, q],
        );
    };
    if a.len() != b.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).collect();
    ok(Value::Float(norm(&differences)))
}
