//! Float arithmetic where Python differs from the hardware: division with a remainder, and powers.

use super::TextError;

/// `x // y`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn float_floor_div(x: f64, y: f64) -> Result<f64, TextError> {
    check_divisor(y, "float floor division by zero")?;
    Ok(quotient_and_rest(x, y).0)
}

/// `x % y`, with the sign of `y`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn float_mod(x: f64, y: f64) -> Result<f64, TextError> {
    check_divisor(y, "float modulo by zero")?;
    Ok(quotient_and_rest(x, y).1)
}

/// `divmod(x, y)`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn float_div_mod(x: f64, y: f64) -> Result<(f64, f64), TextError> {
    check_divisor(y, "float divmod()")?;
    Ok(quotient_and_rest(x, y))
}

/// `x / y`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn float_divide(x: f64, y: f64) -> Result<f64, TextError> {
    check_divisor(y, "float division by zero")?;
    Ok(x / y)
}

fn check_divisor(y: f64, message: &str) -> Result<(), TextError> {
    if y == 0.0 {
        Err(TextError::zero_division(message))
    } else {
        Ok(())
    }
}

fn quotient_and_rest(x: f64, y: f64) -> (f64, f64) {
    let mut rest = x % y;
    // Exact but for its rounding: x - rest is a multiple of y.
    let mut quotient = (x - rest) / y;
    if rest == 0.0 {
        rest = 0.0_f64.copysign(y);
    } else if (rest < 0.0) != (y < 0.0) {
        rest += y;
        quotient -= 1.0;
    }
    let whole = if quotient == 0.0 {
        0.0_f64.copysign(x / y)
    } else if quotient - quotient.floor() > 0.5 {
        quotient.floor() + 1.0
    } else {
        quotient.floor()
    };
    (whole, rest)
}

/// `x ** y`.
///
/// # Errors
/// `ZeroDivisionError` for 0 to a negative power, `OverflowError` for a result that is too large, and
/// `ValueError` where Python's result is a complex number.
pub fn float_pow(x: f64, y: f64) -> Result<f64, TextError> {
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Err(TextError::zero_division(
            "0.0 cannot be raised to a negative power",
        ));
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && y.fract() != 0.0 {
        return Err(TextError::value(
            "a negative number to a fractional power is a complex number, which is not supported",
        ));
    }
    let power = x.powf(y);
    if power.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(TextError::overflow("(34, 'Numerical result out of range')"));
    }
    Ok(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions() {
        for (x, y, quotient, rest) in [
            (7.5, 2.0, 3.0, 1.5),
            (-7.5, 2.0, -4.0, 0.5),
            (7.5, -2.0, -4.0, -0.5),
            (1.0, 0.1, 9.0, 0.1_f64.mul_add(-9.0, 1.0) + 0.0),
            (-1e-20, 3.0, -1.0, 3.0),
        ] {
            let (got_quotient, got_rest) = quotient_and_rest(x, y);
            assert_eq!(got_quotient, quotient);
            assert!((got_rest - rest).abs() < 1e-15);
        }
        assert!(float_mod(-0.0, 3.0).is_ok_and(f64::is_sign_positive));
        assert!(float_floor_div(1.0, f64::NEG_INFINITY) == Ok(-1.0));
        assert!(float_div_mod(1.0, 0.0).is_err());
    }

    #[test]
    fn powers() {
        assert_eq!(float_pow(2.0, 0.5), Ok(2.0_f64.sqrt()));
        assert_eq!(float_pow(-2.0, 3.0), Ok(-8.0));
        assert!(float_pow(10.0, 400.0).is_err());
        assert!(float_pow(-8.0, 1.0 / 3.0).is_err());
        assert!(float_pow(0.0, -1.0).is_err());
        assert_eq!(float_pow(1.0, f64::NAN), Ok(1.0));
    }
}
