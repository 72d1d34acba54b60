//! The functions of `math` that Rust's floats lack, as CPython computes them: gamma by Lanczos' sum, exact sums, the
//! Euclidean norm, the IEEE remainder.

use std::f64::consts::PI;

#[expect(clippy::excessive_precision, reason = "the constants as published")]
const LANCZOS_G: f64 = 6.024_680_040_776_729_583_740_234_375;
#[expect(clippy::excessive_precision, reason = "the constants as published")]
const LANCZOS_G_MINUS_HALF: f64 = 5.524_680_040_776_729_583_740_234_375;
#[expect(clippy::excessive_precision, reason = "the constants as published")]
const LANCZOS_NUMERATOR: [f64; 13] = [
    23_531_376_880.410_759_688_572_007_674_451_636_754_734_846_804_940,
    42_919_803_642.649_098_768_957_899_047_001_988_850_926_355_848_959,
    35_711_959_237.355_668_049_440_185_451_547_166_705_960_488_635_843,
    17_921_034_426.037_209_699_919_755_754_458_931_112_671_403_265_390,
    6_039_542_586.352_028_005_064_291_644_307_297_921_069_938_842_070_8,
    1_439_720_407.311_721_673_663_223_072_794_912_393_971_548_578_637_2,
    248_874_557.862_054_156_511_460_386_413_229_423_216_321_251_278_01,
    31_426_415.585_400_194_380_614_231_628_318_205_362_874_684_987_640,
    2_876_370.628_935_372_441_225_409_051_620_849_613_599_114_537_876_8,
    186_056.265_395_223_495_040_294_989_716_045_699_282_207_842_363_28,
    8_071.672_002_365_816_210_638_002_902_272_250_613_821_851_632_502_4,
    210.824_277_751_579_345_872_509_733_920_713_362_711_669_695_802_91,
    2.506_628_274_631_000_270_164_908_177_133_837_338_626_431_079_340_8,
];
const LANCZOS_DENOMINATOR: [f64; 13] = [
    0.0,
    39_916_800.0,
    120_543_840.0,
    150_917_976.0,
    105_258_076.0,
    45_995_730.0,
    13_339_535.0,
    2_637_558.0,
    357_423.0,
    32_670.0,
    1_925.0,
    66.0,
    1.0,
];

/// What a function answers for an argument: a value, or an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    Value(f64),
    Domain,
    Range,
}

fn lanczos_sum(x: f64) -> f64 {
    let (mut numerator, mut denominator) = (0.0, 0.0);
    let rows = LANCZOS_NUMERATOR.iter().zip(&LANCZOS_DENOMINATOR);
    if x < 5.0 {
        for (n, d) in rows.rev() {
            numerator = numerator * x + n;
            denominator = denominator * x + d;
        }
    } else {
        for (n, d) in rows {
            numerator = numerator / x + n;
            denominator = denominator / x + d;
        }
    }
    numerator / denominator
}

/// sin(pi * x)
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let quarter = (2.0 * y).round();
    let value = if quarter == 0.0 {
        (PI * y).sin()
    } else if quarter == 1.0 {
        (PI * (y - 0.5)).cos()
    } else if quarter == 2.0 {
        (PI * (1.0 - y)).sin()
    } else if quarter == 3.0 {
        -(PI * (y - 1.5)).cos()
    } else {
        (PI * (y - 2.0)).sin()
    };
    value.copysign(x * value.signum())
}

pub(super) fn gamma(x: f64) -> Answer {
    if !x.is_finite() {
        return if x == f64::NEG_INFINITY {
            Answer::Domain
        } else {
            Answer::Value(x)
        };
    }
    if x == 0.0 || x < 0.0 && x == x.floor() {
        return Answer::Domain;
    }
    if x == x.floor() && x <= 23.0 {
        return Answer::Value((2..x as u32).map(f64::from).product());
    }
    let size = x.abs();
    let finite = |value: f64| {
        if value.is_infinite() {
            Answer::Range
        } else {
            Answer::Value(value)
        }
    };
    if size < 1e-20 {
        return finite(1.0 / x);
    }
    if size > 200.0 {
        return if x < 0.0 {
            Answer::Value(0.0 / sin_pi(x))
        } else {
            Answer::Range
        };
    }
    let y = size + LANCZOS_G_MINUS_HALF;
    let z = if size > LANCZOS_G_MINUS_HALF {
        (y - size) - LANCZOS_G_MINUS_HALF
    } else {
        (y - LANCZOS_G_MINUS_HALF) - size
    };
    let z = z * LANCZOS_G / y;
    let mut value;
    if x < 0.0 {
        value = -PI / sin_pi(size) / size * y.exp() / lanczos_sum(size);
        value -= z * value;
        if size < 140.0 {
            value /= y.powf(size - 0.5);
        } else {
            let root = y.powf(size / 2.0 - 0.25);
            value = value / root / root;
        }
    } else {
        value = lanczos_sum(size) / y.exp();
        value += z * value;
        if size < 140.0 {
            value *= y.powf(size - 0.5);
        } else {
            let root = y.powf(size / 2.0 - 0.25);
            value = value * root * root;
        }
    }
    finite(value)
}

pub(super) fn lgamma(x: f64) -> Answer {
    if !x.is_finite() {
        return Answer::Value(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 {
            Answer::Domain
        } else {
            Answer::Value(0.0)
        };
    }
    let size = x.abs();
    if size < 1e-20 {
        return Answer::Value(-size.ln());
    }
    let mut value = lanczos_sum(size).ln() - LANCZOS_G;
    value += (size - 0.5) * ((size + LANCZOS_G - 0.5).ln() - 1.0);
    if x < 0.0 {
        const LN_PI: f64 = 1.144_729_885_849_400_2;
        value = LN_PI - sin_pi(size).abs().ln() - size.ln() - value;
    }
    if value.is_infinite() {
        Answer::Range
    } else {
        Answer::Value(value)
    }
}

/// The IEEE 754 remainder: of the nearest multiple.
pub(super) fn remainder(x: f64, y: f64) -> Answer {
    if x.is_nan() || y.is_nan() {
        return Answer::Value(f64::NAN);
    }
    if x.is_infinite() || y == 0.0 {
        return Answer::Domain;
    }
    if y.is_infinite() {
        return Answer::Value(x);
    }
    let (a, b) = (x.abs(), y.abs());
    let m = a % b;
    let c = b - m;
    let rest = if m < c {
        m
    } else if m > c {
        -c
    } else {
        m - 2.0 * ((0.5 * (a - m)) % b)
    };
    Answer::Value(1.0_f64.copysign(x) * rest)
}

/// The square root of the sum of squares, nearly always correctly rounded.
pub(super) fn norm(values: &[f64]) -> f64 {
    if values.iter().any(|value| value.is_infinite()) {
        return f64::INFINITY;
    }
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let largest = values
        .iter()
        .fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || values.len() <= 1 {
        return largest;
    }
    let (_, exponent) = libm::frexp(largest);
    if exponent < -1023 {
        let scaled: Vec<f64> = values
            .iter()
            .map(|value| value / f64::MIN_POSITIVE)
            .collect();
        return f64::MIN_POSITIVE * norm(&scaled);
    }
    let scale = libm::ldexp(1.0, -exponent);
    let (mut sum, mut low_products, mut low_sums) = (1.0, 0.0, 0.0);
    let mut add = |a: f64, b: f64| {
        let product = a * b;
        low_products += a.mul_add(b, -product);
        let total = sum + product;
        low_sums += (sum - total) + product;
        sum = total;
        sum - 1.0 + (low_products + low_sums)
    };
    let mut squares = 0.0;
    for value in values {
        squares = add(value * scale, value * scale);
    }
    let root = squares.sqrt();
    let left = add(-root, root);
    (root + left / (2.0 * root)) / scale
}

/// A sum of floats without rounding on the way.
#[derive(Default)]
pub(super) struct ExactSum {
    partials: Vec<f64>,
    special: f64,
    infinities: f64,
}

impl ExactSum {
    /// Adds a float; false if a partial sum overflows.
    pub(super) fn add(&mut self, mut x: f64) -> bool {
        let original = x;
        let mut kept = 0;
        for at in 0..self.partials.len() {
            let mut y = self.partials[at];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return true;
        }
        if x.is_finite() {
            self.partials.push(x);
            return true;
        }
        if original.is_finite() {
            return false;
        }
        if original.is_infinite() {
            self.infinities += original;
        }
        self.special += original;
        self.partials.clear();
        true
    }

    /// The sum, correctly rounded; None for infinities of both signs.
    pub(super) fn result(mut self) -> Option<f64> {
        if self.special != 0.0 {
            return if self.infinities.is_nan() {
                None
            } else {
                Some(self.special)
            };
        }
        let Some(mut high) = self.partials.pop() else {
            return Some(0.0);
        };
        let mut low = 0.0;
        while let Some(next) = self.partials.pop() {
            let x = high;
            high = x + next;
            low = next - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // Halves are rounded to even only if nothing lies behind them.
        if let Some(&next) = self.partials.last()
            && (low < 0.0 && next < 0.0 || low > 0.0 && next > 0.0)
        {
            let twice = low * 2.0;
            let x = high + twice;
            if twice == x - high {
                high = x;
            }
        }
        Some(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_sum() {
        let mut sum = ExactSum::default();
        for _ in 0..10 {
            sum.add(0.1);
        }
        assert_eq!(sum.result(), Some(1.0));
    }

    #[test]
    fn gamma_of_integers_and_halves() {
        assert_eq!(gamma(5.0), Answer::Value(24.0));
        // CPython gives 1.772453850905516: the powers in Lanczos' sum may round the last digit otherwise.
        let Answer::Value(half) = gamma(0.5) else {
            panic!("gamma(0.5) has a value");
        };
        assert!((half - 1.772_453_850_905_516).abs() < 1e-15, "{half}");
        assert_eq!(gamma(-1.0), Answer::Domain);
        assert_eq!(gamma(200.0), Answer::Range);
    }

    #[test]
    fn norms() {
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert_eq!(norm(&[1e300, 1e300]), 1.414_213_562_373_095_1e300);
    }
}
