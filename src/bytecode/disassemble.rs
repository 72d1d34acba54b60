//! A readable listing of compiled code.
