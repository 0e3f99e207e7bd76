import Glibc

/// Glibc's exp, for files whose imports would make the name ambiguous.
func exponential(_ x: Double) -> Double { exp(x) }
